package ai.greenthread.engine.webhook;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Specs that keep every rule and are otherwise of any sort. */
final class RandomManifests {
  private static final List<String> KINDS = List.of("Model", "GPUShareClaim", "GPU", "StorageNode");

  private final Random random;

  RandomManifests(long seed) {
    this.random = new Random(seed);
  }

  record Manifest(String kind, Map<String, Object> spec) {}

  Manifest next() {
    // Models are what most people write.
    String kind = random.nextInt(10) < 6 ? "Model" : any(KINDS);
    return new Manifest(
        kind,
        switch (kind) {
          case "GPUShareClaim" -> claim();
          case "GPU" -> gpu();
          case "StorageNode" -> storageNode();
          default -> model();
        });
  }

  private Map<String, Object> model() {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("modelName", word() + "/" + word());
    maybe(spec, "dtype", any(List.of("bfloat16", "float16", "float32")));
    maybe(spec, "loadFormat", any(List.of("auto", "gthread")));
    maybe(spec, "quantization", any(List.of("", "mxfp4", "awq", "gptq", "fp8", "marlin")));
    maybe(spec, "replicas", random.nextInt(2));
    maybe(spec, "product", "NVIDIA-" + word());
    maybe(spec, "gpuMemoryUtilization", any(List.of("0.90", "0.5", "1", "1.0", ".75", "0.123")));
    maybe(spec, "extraArgs", List.of("--max-model-len", "" + random.nextInt(99_999)));
    maybe(spec, "endpoints", List.of("chat_completions", any(List.of("completions", "responses"))));
    int tensor = 1 << random.nextInt(5);
    if (random.nextBoolean()) {
      spec.put("tensorParallelSize", tensor);
    } else {
      maybe(spec, "parallelism", Map.of("tensor", tensor, "pipeline", 1 + random.nextInt(4)));
    }
    maybe(spec, "sleep", some(Map.of("idleTimeout", duration(), "drainTimeout", duration())));
    maybe(
        spec, "fairness", some(Map.of("minRuntime", duration(), "popular", random.nextBoolean())));
    maybe(spec, "staging", some(Map.of("pinned", random.nextBoolean())));
    maybe(spec, "lora", some(Map.of("enabled", true, "maxRank", 1 + random.nextInt(512))));
    maybe(spec, "kvCache", some(Map.of("enabled", true, "maxSize", quantity())));
    maybe(spec, "nodeSelector", Map.of("example.com/" + word(), word()));
    maybe(
        spec,
        "tolerations",
        List.of(
            Map.of("key", word(), "operator", "Exists", "effect", "NoSchedule"),
            Map.of("key", word(), "value", word(), "effect", "NoExecute", "tolerationSeconds", 5)));
    maybe(spec, "serviceAccountName", word());
    maybe(spec, "vllmImage", "registry.example.com:5000/" + word() + "@sha256:0123abcd");
    maybe(
        spec,
        "resources",
        Map.of(
            "limits", Map.of("cpu", 2 + random.nextInt(6), "memory", "64Gi"),
            "requests", Map.of("cpu", "500m")));
    maybe(
        spec,
        "env",
        List.of(
            Map.of(
                "name",
                "FROM_SECRET",
                "valueFrom",
                Map.of("secretKeyRef", Map.of("name", word(), "key", word()))),
            Map.of(
                "name",
                "FROM_MAP",
                "valueFrom",
                Map.of("configMapKeyRef", Map.of("name", word(), "key", word() + ".txt")))));
    maybe(spec, "queue", some(Map.of("maxDepth", 1 + random.nextInt(9), "duringDrain", "reject")));
    maybe(spec, "runtime", runtime());
    return spec;
  }

  private Map<String, Object> runtime() {
    return switch (random.nextInt(6)) {
      case 0 -> Map.of("type", "builtin", "modelFile", word() + ".gguf");
      case 1 -> Map.of("type", "llamacpp", "modelFile", "/m/" + word() + ".gguf", "memory", "3Gi");
      case 2 ->
          Map.of(
              "type",
              "command",
              "command",
              List.of(word(), "{port}"),
              "sleepSteps",
              List.of(Map.of("path", "/" + word(), "body", "{\"tags\":[\"w\"]}")),
              "wakeSteps",
              List.of(Map.of("path", "/" + word(), "timeout", "2m", "retries", 3)));
      case 3 ->
          Map.of(
              "url",
              "http://10.0.0." + (1 + random.nextInt(250)) + ":8000",
              "memory",
              4_000_000_000L);
      case 4 ->
          Map.of("type", "simulated", "options", Map.of("load-time", duration()), "memory", "2Gi");
      default ->
          Map.of(
              "sleepLevel",
              any(List.of("auto", "1", 2)),
              "env",
              Map.of("HF_TOKEN", word()),
              "wakeTimeout",
              duration());
    };
  }

  private Map<String, Object> claim() {
    Map<String, Object> spec = new LinkedHashMap<>();
    maybe(spec, "count", 1 + random.nextInt(8));
    maybe(spec, "product", "NVIDIA-" + word());
    maybe(spec, "priority", random.nextInt(1001));
    if (random.nextInt(4) == 0) {
      spec.put("mode", "exclusive");
      maybe(spec, "memory", quantity());
    } else {
      spec.put("memory", quantity());
      if (random.nextBoolean()) {
        spec.put("computePercent", 1 + random.nextInt(100));
      } else {
        maybe(spec, "weight", 1 + random.nextInt(10_000));
      }
    }
    return spec;
  }

  private Map<String, Object> gpu() {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("nodeName", word() + "." + word());
    spec.put("index", random.nextInt(16));
    spec.put("totalMemoryBytes", (1L + random.nextInt(200)) << 30);
    maybe(spec, "headroomBytes", 1L + random.nextInt(1 << 29));
    maybe(spec, "product", "NVIDIA " + word());
    maybe(spec, "uuid", "GPU-" + word());
    return spec;
  }

  private Map<String, Object> storageNode() {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("nodeName", word());
    maybe(spec, "address", any(List.of("10.0.0.7:9000", "[fd00::1]:9000", word() + ".s.svc:9000")));
    maybe(spec, "modelsPath", "/" + word() + "/models");
    maybe(spec, "pinnedMemory", quantity());
    maybe(spec, "pinnedChunks", 1 + random.nextInt(1024));
    return spec;
  }

  private void maybe(Map<String, Object> spec, String field, Object value) {
    if (random.nextInt(3) == 0) {
      spec.put(field, value);
    }
  }

  /** A part that may be empty or half filled in. */
  private Map<String, Object> some(Map<String, Object> part) {
    Map<String, Object> kept = new LinkedHashMap<>();
    for (String field : new ArrayList<>(part.keySet())) {
      if (random.nextInt(4) != 0) {
        kept.put(field, part.get(field));
      }
    }
    return kept;
  }

  private String duration() {
    return any(List.of("1s", "30s", "1m30s", "2.5m", "1h", "500ms", "1h2m3s", "+5s"));
  }

  private Object quantity() {
    return any(List.of("8Gi", "512Mi", "1.5Gi", "10G", 4_000_000_000L, "2e9", "+16Gi"));
  }

  private String word() {
    return "w" + random.nextInt(10_000);
  }

  private <T> T any(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }
}
