package ai.greenthread.k8s.render;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelDocument;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

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

  /**
   * The fields that differ, as paths such as {@code spec.runtime.command}; the number of replicas
   * is left out, as it changes no pod.
   *
   * @param replacing those that replace pods, or else those that wait for the next restart
   */
  public static List<String> changes(Model from, Model to, boolean replacing) {
    Map<String, Object> before = ModelDocument.spec(from.spec());
    Map<String, Object> after = ModelDocument.spec(to.spec());
    Set<String> changed = new TreeSet<>();
    for (String field : differing(before, after)) {
      if (!field.equals(REPLICAS) && WAITING.contains(field) != replacing) {
        Set<String> inside =
            before.get(field) instanceof Map<?, ?> one
                    && after.get(field) instanceof Map<?, ?> other
                ? differing(one, other)
                : Set.of("");
        inside.forEach(name -> changed.add("spec." + field + (name.isEmpty() ? "" : "." + name)));
      }
    }
    return List.copyOf(changed);
  }

  private static Set<String> differing(Map<?, ?> one, Map<?, ?> other) {
    Set<Object> names = new HashSet<>(one.keySet());
    names.addAll(other.keySet());
    names.removeIf(name -> Objects.equals(one.get(name), other.get(name)));
    return names.stream().map(String::valueOf).collect(Collectors.toSet());
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
