package ai.greenthread.domain.model;

import ai.greenthread.domain.DurationText;
import ai.greenthread.domain.Quantity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a Model as the tree that {@link ModelManifest} reads: always the same order, every default
 * filled in, and reading it again gives an equal Model. What has no default and was not given is
 * left out.
 */
public final class ModelDocument {
  private ModelDocument() {}

  /** The whole object; the maps are the caller's own and may be added to. */
  public static Map<String, Object> write(Model model) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", model.ref().name());
    metadata.put("namespace", model.ref().namespace());
    putIfAny(metadata, "labels", model.labels());
    putIfAny(metadata, "annotations", model.annotations());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("apiVersion", Model.API_VERSION);
    document.put("kind", Model.KIND);
    document.put("metadata", metadata);
    document.put("spec", spec(model.spec()));
    return document;
  }

  /** The {@code spec} alone. */
  public static Map<String, Object> spec(ModelSpec spec) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("modelName", spec.modelName());
    spec.modelType().ifPresent(type -> map.put("modelType", type.wireName()));
    map.put("dtype", spec.dtype().wireName());
    map.put("loadFormat", spec.loadFormat().wireName());
    map.put("endpoints", spec.endpoints().stream().map(Named::wireName).toList());
    map.put(
        "parallelism",
        ordered("tensor", spec.parallelism().tensor(), "pipeline", spec.parallelism().pipeline()));
    map.put("replicas", spec.replicas());
    putIfAny(map, "product", spec.product());
    map.put("gpuMemoryUtilization", spec.gpuMemoryUtilization().toPlainString());
    map.put("quantization", spec.quantization().wireName());
    map.put("extraArgs", spec.extraArgs());
    map.put(
        "sleep",
        ordered(
            "idleTimeout", text(spec.sleep().idleTimeout()),
            "drainTimeout", text(spec.sleep().drainTimeout())));
    map.put(
        "fairness",
        ordered(
            "minRuntime", text(spec.fairness().minRuntime()),
            "maxWaitTime", text(spec.fairness().maxWaitTime()),
            "popular", spec.fairness().popular()));
    map.put("staging", ordered("pinned", spec.staging().pinned()));
    map.put(
        "lora",
        ordered(
            "enabled", spec.lora().enabled(),
            "maxRank", spec.lora().maxRank(),
            "cacheDir", spec.lora().cacheDir(),
            "downloadTimeout", text(spec.lora().downloadTimeout())));
    map.put(
        "kvCache",
        ordered(
            "enabled", spec.kvCache().enabled(),
            "maxSize", spec.kvCache().maxSize().map(Quantity::toString).orElse("")));
    putIfAny(map, "nodeSelector", spec.nodeSelector());
    if (!spec.tolerations().isEmpty()) {
      map.put("tolerations", spec.tolerations().stream().map(ModelDocument::toleration).toList());
    }
    putIfAny(map, "serviceAccountName", spec.serviceAccountName());
    putIfAny(map, "sidecarImage", spec.sidecarImage());
    putIfAny(map, "vllmImage", spec.vllmImage());
    map.put("resources", resources(spec.resources()));
    if (!spec.env().isEmpty()) {
      map.put("env", spec.env().stream().map(ModelDocument::source).toList());
    }
    map.put(
        "queue",
        ordered(
            "maxDepth", spec.queue().maxDepth(),
            "requestTimeout", text(spec.queue().requestTimeout()),
            "duringDrain", spec.queue().duringDrain().wireName()));
    map.put("runtime", runtime(spec.runtime()));
    return map;
  }

  private static Map<String, Object> source(EnvironmentSource source) {
    Map<String, Object> from = ordered("name", source.object(), "key", source.key());
    return ordered("name", source.name(), "valueFrom", ordered(source.kind().wireName(), from));
  }

  private static Map<String, Object> toleration(Toleration toleration) {
    Map<String, Object> map = new LinkedHashMap<>();
    putIfAny(map, "key", toleration.key());
    map.put("operator", toleration.operator().wireName());
    putIfAny(map, "value", toleration.value());
    putIfAny(map, "effect", toleration.effect().wireName());
    toleration.tolerationSeconds().ifPresent(seconds -> map.put("tolerationSeconds", seconds));
    return map;
  }

  private static Map<String, Object> resources(ResourceRequirements resources) {
    Map<String, Object> map = new LinkedHashMap<>();
    putIfAny(map, "limits", amounts(resources.limits()));
    putIfAny(map, "requests", amounts(resources.requests()));
    List<Map<String, Object>> claims = new ArrayList<>();
    for (ResourceRequirements.Claim claim : resources.claims()) {
      Map<String, Object> item = ordered("name", claim.name());
      putIfAny(item, "request", claim.request());
      claims.add(item);
    }
    if (!claims.isEmpty()) {
      map.put("claims", claims);
    }
    return map;
  }

  private static Map<String, String> amounts(Map<String, Quantity> quantities) {
    Map<String, String> texts = new LinkedHashMap<>();
    quantities.forEach((name, quantity) -> texts.put(name, quantity.toString()));
    return texts;
  }

  private static Map<String, Object> runtime(RuntimeSpec runtime) {
    Map<String, Object> map = ordered("type", runtime.type().wireName());
    switch (runtime) {
      case RuntimeSpec.Vllm vllm -> {
        putIfAny(map, "url", vllm.url());
        putIfAny(map, "command", vllm.command());
        map.put("healthPath", vllm.healthPath());
        map.put("sleepLevel", vllm.sleepLevel().wireName());
      }
      case RuntimeSpec.LlamaCpp llamaCpp -> {
        map.put("modelFile", llamaCpp.modelFile());
        putIfAny(map, "command", llamaCpp.command());
        map.put("healthPath", llamaCpp.healthPath());
      }
      case RuntimeSpec.Builtin builtin -> map.put("modelFile", builtin.modelFile());
      case RuntimeSpec.Command command -> {
        putIfAny(map, "url", command.url());
        putIfAny(map, "command", command.command());
        map.put("healthPath", command.healthPath());
        putIfAny(map, "sleepSteps", steps(command.sleepSteps()));
        putIfAny(map, "wakeSteps", steps(command.wakeSteps()));
        putIfAny(map, "verifySteps", steps(command.verifySteps()));
      }
      case RuntimeSpec.Simulated simulated -> {
        putIfAny(map, "options", simulated.options());
        map.put("sleepLevel", simulated.sleepLevel().wireName());
      }
    }
    putIfAny(map, "env", runtime.env());
    runtime.memory().ifPresent(memory -> map.put("memory", memory.toString()));
    map.put("startTimeout", text(runtime.timeouts().start()));
    map.put("wakeTimeout", text(runtime.timeouts().wake()));
    map.put("sleepTimeout", text(runtime.timeouts().sleep()));
    return map;
  }

  private static List<Map<String, Object>> steps(List<HttpStep> steps) {
    List<Map<String, Object>> written = new ArrayList<>();
    for (HttpStep step : steps) {
      Map<String, Object> map = ordered("method", step.method().wireName(), "path", step.path());
      putIfAny(map, "body", step.body());
      map.put("expectStatus", step.expectStatus());
      map.put("timeout", text(step.timeout()));
      map.put("retries", step.retries());
      written.add(map);
    }
    return written;
  }

  private static String text(Duration duration) {
    return DurationText.print(duration);
  }

  private static void putIfAny(Map<String, Object> map, String name, String value) {
    if (!value.isEmpty()) {
      map.put(name, value);
    }
  }

  private static void putIfAny(Map<String, Object> map, String name, List<?> value) {
    if (!value.isEmpty()) {
      map.put(name, value);
    }
  }

  private static void putIfAny(Map<String, Object> map, String name, Map<String, String> value) {
    if (!value.isEmpty()) {
      map.put(name, new LinkedHashMap<>(value));
    }
  }

  private static Map<String, Object> ordered(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }
}
