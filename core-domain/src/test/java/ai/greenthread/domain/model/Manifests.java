package ai.greenthread.domain.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes trees as a YAML parser would give them, and reads them. */
final class Manifests {
  private Manifests() {}

  /** Alternating keys and values; later keys replace earlier ones. */
  static Map<String, @Nullable Object> map(@Nullable Object... keysAndValues) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
    }
    return map;
  }

  static List<@Nullable Object> list(@Nullable Object... items) {
    return Arrays.asList(items);
  }

  /** The smallest manifest, with these fields added to or replaced in its spec. */
  static Map<String, @Nullable Object> spec(@Nullable Object... keysAndValues) {
    Map<String, @Nullable Object> spec = map("modelName", "Qwen/Qwen3-8B");
    spec.putAll(map(keysAndValues));
    return with("spec", spec);
  }

  /** The smallest manifest with this {@code spec.runtime}. */
  static Map<String, @Nullable Object> runtime(@Nullable Object... keysAndValues) {
    return spec("runtime", map(keysAndValues));
  }

  /** The smallest manifest with its metadata replaced. */
  static Map<String, @Nullable Object> metadata(@Nullable Object... keysAndValues) {
    return with("metadata", map(keysAndValues));
  }

  /** The smallest manifest with one top-level field replaced; null leaves it out. */
  static Map<String, @Nullable Object> with(String name, @Nullable Object value) {
    Map<String, @Nullable Object> manifest =
        map(
            "apiVersion",
            "greenthread.ai/v1alpha1",
            "kind",
            "Model",
            "metadata",
            map("name", "qwen"),
            "spec",
            map("modelName", "Qwen/Qwen3-8B"));
    manifest.put(name, value);
    return manifest;
  }

  static Reading.Valid valid(@Nullable Object manifest) {
    Reading reading = ModelManifest.read(manifest);
    assertThat(reading).isInstanceOf(Reading.Valid.class);
    return (Reading.Valid) reading;
  }

  static Model model(@Nullable Object manifest) {
    return valid(manifest).model();
  }

  static List<Violation> violations(@Nullable Object manifest) {
    return switch (ModelManifest.read(manifest)) {
      case Reading.Valid _ -> List.of();
      case Reading.Invalid(List<Violation> violations) -> violations;
    };
  }
}
