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
 * Tells whether pods have to be replaced after a change of their Model. By product rule {@code
 * extraArgs}, {@code fairness}, {@code sleep} and {@code staging} wait for the next restart of a
 * pod; {@code queue} waits with them; {@code replicas} changes no pod. All else replaces.
 */
public final class ReplaceHash {
  private static final List<String> WAITING =
      List.of("extraArgs", "fairness", "sleep", "staging", "queue", "replicas");
  private static final int SHOWN_BYTES = 8;

  private ReplaceHash() {}

  /** Equal for two Models whose pods need not be replaced by one another. */
  public static String of(Model model) {
    Map<String, Object> spec = new TreeMap<>(ModelDocument.spec(model.spec()));
    spec.keySet().removeAll(WAITING);
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(spec.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, SHOWN_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
