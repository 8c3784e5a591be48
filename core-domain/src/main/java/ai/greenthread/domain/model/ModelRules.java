package ai.greenthread.domain.model;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The rules that one Model has to keep, whoever made it: those of the published validation, those
 * of the bare-metal edition where the published text leaves a gap, and those of this project's
 * extensions.
 */
public final class ModelRules {
  private static final String NAME = "metadata.name";
  private static final int MOST_REPLICAS = 1000;
  private static final int MOST_WAITING = 1_000_000;
  private static final int MOST_PARALLEL = 64;
  private static final Duration LONGEST_IDLE = Duration.ofDays(30);
  private static final BigDecimal LEAST_USUAL_UTILIZATION = new BigDecimal("0.1");

  /**
   * First parts of paths that sidecars and the engine answer themselves. A Model is reached below
   * its name, and would hide them or be hidden.
   */
  private static final Set<String> RESERVED =
      Set.of("api", "apis", "health", "metrics", "ready", "status", "v1", "v2");

  private final Collector collector = new Collector();
  private final Checks checks = new Checks(collector);
  private final Model model;
  private final ModelSpec spec;

  private ModelRules(Model model) {
    this.model = model;
    this.spec = model.spec();
  }

  /** Everything that is wrong or odd about a Model. */
  public static Findings check(Model model) {
    ModelRules rules = new ModelRules(model);
    rules.identity();
    rules.endpoints();
    rules.layout();
    rules.sharing();
    rules.queue();
    rules.lora();
    rules.kvCache();
    new ArgumentRules(rules.checks, model.spec()).check();
    new PlacementRules(rules.checks, model.spec()).check();
    new RuntimeRules(rules.checks, model.spec()).check();
    new EnvironmentRules(rules.checks, model.spec()).check();
    return rules.collector.findings();
  }

  /**
   * Why no new Model may have this name, if none may. One that is there already keeps it, with a
   * warning: it may be older than the rule, and what is served must go on.
   */
  public static Optional<Violation> newName(String name) {
    return RESERVED.contains(name)
        ? Optional.of(
            Violation.invalid(
                NAME,
                name,
                "is the beginning of paths of the engine's own, such as those below /"
                    + name
                    + "; call it something else, such as my-"
                    + name))
        : Optional.empty();
  }

  /** Why a Model cannot be served without a cluster, if it cannot. */
  public static Optional<Violation> onOneMachine(ModelSpec spec) {
    return spec.env().isEmpty()
        ? Optional.empty()
        : Optional.of(
            Violation.forbidden(
                "spec.env",
                "Secrets and ConfigMaps are for Kubernetes; on one machine give the value in"
                    + " spec.runtime.env, or to the engine in its own environment, which servers"
                    + " inherit"));
  }

  private void identity() {
    dnsLabel(NAME, model.ref().name(), "must name the Model, such as my-model");
    if (!model.ref().name().isEmpty() && Character.isDigit(model.ref().name().charAt(0))) {
      checks.refuse(
          NAME,
          model.ref().name(),
          "must begin with a letter, as a Service is named by it, such as m" + model.ref().name());
    }
    newName(model.ref().name())
        .ifPresent(violation -> checks.warn(violation.field(), violation.message()));
    dnsLabel("metadata.namespace", model.ref().namespace(), "must not be empty; leave it out");
    for (Map.Entry<String, String> label : model.labels().entrySet()) {
      String field = "metadata.labels[" + label.getKey() + "]";
      if (!KubernetesNames.isQualifiedName(label.getKey())) {
        checks.refuse(field, label.getKey(), "the label's name " + KubernetesNames.QUALIFIED_RULE);
      }
      if (!KubernetesNames.isLabelValue(label.getValue())) {
        checks.refuse(field, label.getValue(), KubernetesNames.LABEL_VALUE_RULE);
      }
    }
    for (String name : model.annotations().keySet()) {
      if (!KubernetesNames.isQualifiedName(name)) {
        checks.refuse(
            "metadata.annotations[" + name + "]",
            name,
            "the annotation's name " + KubernetesNames.QUALIFIED_RULE);
      }
    }
    String modelName = spec.modelName();
    if (modelName.isEmpty()) {
      checks.require("spec.modelName", "must be a Hugging Face id, such as Qwen/Qwen3-8B");
    } else if (!HuggingFaceId.isValid(modelName)) {
      checks.refuse("spec.modelName", modelName, HuggingFaceId.RULE);
    }
  }

  private void dnsLabel(String field, String value, String whenEmpty) {
    if (value.isEmpty()) {
      checks.require(field, whenEmpty);
    } else if (!KubernetesNames.isDnsLabel(value)) {
      Optional<String> nearest = KubernetesNames.nearestDnsLabel(value);
      checks.refuse(
          field, value, KubernetesNames.LABEL_RULE + nearest.map(n -> ", such as " + n).orElse(""));
    }
  }

  private void endpoints() {
    Set<Endpoint> seen = EnumSet.noneOf(Endpoint.class);
    List<Endpoint> endpoints = spec.endpoints();
    for (int i = 0; i < endpoints.size(); i++) {
      Endpoint endpoint = endpoints.get(i);
      String field = "spec.endpoints[" + i + "]";
      if (!seen.add(endpoint)) {
        checks.duplicate(field, endpoint, "is listed already; remove it");
      } else if (spec.modelType().filter(type -> !endpoint.suits(type)).isPresent()) {
        String type = spec.modelType().map(Named::wireName).orElse("");
        List<String> suiting =
            spec.modelType().map(Endpoint::suiting).orElse(Set.of()).stream()
                .map(Named::wireName)
                .toList();
        checks.refuse(
            field,
            endpoint,
            "a model of type " + type + " cannot answer it; it has " + String.join(", ", suiting));
      }
    }
  }

  private void layout() {
    int tensor = spec.parallelism().tensor();
    if (tensor < 1 || tensor > MOST_PARALLEL || Integer.bitCount(tensor) != 1) {
      checks.refuse(
          "spec.parallelism.tensor",
          tensor,
          "must be a power of two from 1 to " + MOST_PARALLEL + ": 1, 2, 4, 8, …");
    }
    int pipeline = spec.parallelism().pipeline();
    checks.between("spec.parallelism.pipeline", pipeline, 1, MOST_PARALLEL);
    boolean apartTheyFit = Math.max(tensor, pipeline) <= MOST_PARALLEL;
    if (apartTheyFit && Math.min(tensor, pipeline) > 0 && tensor * pipeline > MOST_PARALLEL) {
      checks.refuse(
          "spec.parallelism",
          tensor + " times " + pipeline,
          "tensor times pipeline is the GPUs of one replica and must be at most " + MOST_PARALLEL);
    }
    checks.between("spec.replicas", spec.replicas(), 0, MOST_REPLICAS);
    BigDecimal utilization = spec.gpuMemoryUtilization();
    if (utilization.signum() <= 0 || utilization.compareTo(BigDecimal.ONE) > 0) {
      checks.refuse(
          "spec.gpuMemoryUtilization", utilization.toPlainString(), ModelManifest.UTILIZATION_HINT);
    } else if (utilization.compareTo(LEAST_USUAL_UTILIZATION) < 0) {
      checks.warn(
          "spec.gpuMemoryUtilization",
          "less than a tenth of the GPU leaves no room for most models; 0.1 to 1.0 is usual");
    }
  }

  private void sharing() {
    Fairness fairness = spec.fairness();
    SleepSettings sleep = spec.sleep();
    checks.usually(
        "spec.fairness.minRuntime",
        fairness.minRuntime(),
        Duration.ofSeconds(1),
        Duration.ofMinutes(10));
    checks.usually(
        "spec.fairness.maxWaitTime",
        fairness.maxWaitTime(),
        Duration.ofSeconds(1),
        Duration.ofMinutes(5));
    checks.usually(
        "spec.sleep.drainTimeout",
        sleep.drainTimeout(),
        Duration.ofSeconds(5),
        Duration.ofMinutes(10));
    checks.positive("spec.sleep.idleTimeout", sleep.idleTimeout(), LONGEST_IDLE);
    boolean ownIdleTimeout = !sleep.idleTimeout().equals(SleepSettings.DEFAULT.idleTimeout());
    if (fairness.popular() && ownIdleTimeout) {
      checks.warn(
          "spec.sleep.idleTimeout",
          "has no effect: spec.fairness.popular keeps the Model from sleeping");
    } else if (sleep.idleTimeout().compareTo(fairness.minRuntime()) < 0) {
      checks.warn(
          "spec.sleep.idleTimeout",
          "is shorter than spec.fairness.minRuntime, so the Model sleeps only after minRuntime");
    }
  }

  private void queue() {
    QueueSettings queue = spec.queue();
    checks.between("spec.queue.maxDepth", queue.maxDepth(), 1, MOST_WAITING);
    checks.positive("spec.queue.requestTimeout", queue.requestTimeout(), Checks.LONGEST);
    if (queue.requestTimeout().compareTo(spec.fairness().maxWaitTime()) < 0) {
      checks.warn(
          "spec.queue.requestTimeout",
          "is shorter than spec.fairness.maxWaitTime: requests give up before the Model may force"
              + " another one out");
    }
  }

  private void lora() {
    Lora lora = spec.lora();
    checks.between("spec.lora.maxRank", lora.maxRank(), 1, 512);
    checks.positive("spec.lora.downloadTimeout", lora.downloadTimeout(), Checks.LONGEST);
    if (!lora.enabled() && !lora.equals(Lora.DEFAULT)) {
      checks.warn("spec.lora", "has no effect until spec.lora.enabled is true");
    }
  }

  private void kvCache() {
    KvCache kvCache = spec.kvCache();
    kvCache
        .maxSize()
        .filter(size -> !size.isPositive())
        .ifPresent(size ->
            checks.refuse(
                "spec.kvCache.maxSize",
                size.toString(),
                "must be more than nothing, such as 10Gi; leave it empty for no limit"));
    if (!kvCache.enabled() && !kvCache.equals(KvCache.DEFAULT)) {
      checks.warn("spec.kvCache", "has no effect until spec.kvCache.enabled is true");
    }
  }
}
