package ai.greenthread.k8s.render;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelDocument;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells what a change of a Model means for its pods. By product rule {@code extraArgs}, {@code
 * fairness}, {@code sleep} and {@code staging} wait for the next restart of a pod; {@code queue}
 * waits with them; {@code replicas} changes no pod. All else replaces.
 */
public final class SpecHash {
  private static final String REPLICAS = "replicas";
  private static final List<String> WAITING =
      List.of("extraArgs", "fairness", "sleep", "staging", "queue", REPLICAS);
  private static final int SHOWN_BYTES = 8;

  private SpecHash() {}

  /** Equal for two Models whose pods need not be replaced by one another. */
  public static String ofServer(Model model) {
    return without(model, WAITING);
  }

  /** Equal for two Models whose pods are the same. */
  public static String ofPod(Model model) {
    return without(model, List.of(REPLICAS));
  }

  private static String without(Model model, List<String> fields) {
    Map<String, Object> spec = new TreeMap<>(ModelDocument.spec(model.spec()));
    spec.keySet().removeAll(fields);
    return of(spec.toString());
  }

  static String of(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, SHOWN_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
