package ai.greenthread.domain.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a Model from the tree that a YAML or JSON parser gives: maps, lists, texts, numbers,
 * booleans and nulls. Everything that is wrong is said at once. Fields that only a server fills
 * ({@code status}, {@code metadata.uid} …) are ignored, so that an object taken from an API can be
 * applied again. {@code spec.runtime.modelFile} stays as it is written; the caller knows the folder
 * it is relative to ({@link Model#resolveModelFile}).
 */
public final class ModelManifest {
  static final String UTILIZATION_HINT =
      "must be a decimal above 0 and at most 1, in quotes, such as \"0.90\"";

  private final Collector collector = new Collector();

  private ModelManifest() {}

  /** The Model that a tree describes, or every reason why it describes none. */
  public static Reading read(@Nullable Object tree) {
    return new ModelManifest().readRoot(tree);
  }

  private Reading readRoot(@Nullable Object tree) {
    if (tree == null) {
      return new Reading.Invalid(
          List.of(Violation.required("manifest", "is empty; write a Model into it")));
    }
    Fields root = Fields.root(collector, tree);
    if (!collector.findings().valid()) {
      return new Reading.Invalid(collector.findings().violations());
    }
    ManifestHeader header = ManifestHeader.read(collector, root, Model.KIND);
    Fields spec = root.object("spec");
    Model model =
        new Model(
            new ModelRef(header.namespace(), header.name()),
            header.labels(),
            header.annotations(),
            spec(spec));
    spec.end();
    root.end();
    collector.merge(ModelRules.check(model));
    Findings findings = collector.findings();
    return findings.valid()
        ? new Reading.Valid(model, findings.warnings())
        : new Reading.Invalid(findings.violations());
  }

  private ModelSpec spec(Fields spec) {
    return new ModelSpec(
        spec.text("modelName", ""),
        spec.choiceOrNull("modelType", ModelType.class),
        spec.choice("dtype", DataType.class, DataType.BFLOAT16),
        spec.choice("loadFormat", LoadFormat.class, LoadFormat.AUTO),
        spec.choices("endpoints", Endpoint.class),
        parallelism(spec),
        spec.integer("replicas", 1),
        spec.text("product", ""),
        spec.decimal(
            "gpuMemoryUtilization", ModelSpec.DEFAULT_GPU_MEMORY_UTILIZATION, UTILIZATION_HINT),
        spec.choice("quantization", Quantization.class, Quantization.NONE),
        spec.texts("extraArgs"),
        sleep(spec.object("sleep")),
        fairness(spec.object("fairness")),
        staging(spec.object("staging")),
        lora(spec.object("lora")),
        kvCache(spec.object("kvCache")),
        spec.strictTexts("nodeSelector"),
        tolerations(spec.objects("tolerations")),
        spec.text("serviceAccountName", ""),
        spec.text("sidecarImage", ""),
        spec.text("vllmImage", ""),
        resources(spec.object("resources")),
        env(spec.objects("env")),
        queue(spec.object("queue")),
        new RuntimeReader(collector, spec.object("runtime")).read());
  }

  private Parallelism parallelism(Fields spec) {
    Fields fields = spec.object("parallelism");
    Integer tensor = fields.integerOrNull("tensor");
    Integer old = spec.integerOrNull("tensorParallelSize");
    int pipeline = fields.integer("pipeline", Parallelism.DEFAULT.pipeline());
    fields.end();
    if (tensor != null && old != null && !tensor.equals(old)) {
      collector.add(
          Violation.invalid(
              spec.path("tensorParallelSize"),
              old,
              "is the old name of spec.parallelism.tensor, which says "
                  + tensor
                  + "; keep only spec.parallelism.tensor"));
    } else if (old != null && tensor == null) {
      collector.warn(
          spec.path("tensorParallelSize"), "is the old name; write spec.parallelism.tensor");
      tensor = old;
    }
    return new Parallelism(tensor == null ? Parallelism.DEFAULT.tensor() : tensor, pipeline);
  }

  private static SleepSettings sleep(Fields fields) {
    SleepSettings sleep =
        new SleepSettings(
            fields.duration("idleTimeout", SleepSettings.DEFAULT.idleTimeout()),
            fields.duration("drainTimeout", SleepSettings.DEFAULT.drainTimeout()));
    fields.end();
    return sleep;
  }

  private static Fairness fairness(Fields fields) {
    Fairness fairness =
        new Fairness(
            fields.duration("minRuntime", Fairness.DEFAULT.minRuntime()),
            fields.duration("maxWaitTime", Fairness.DEFAULT.maxWaitTime()),
            fields.flag("popular", Fairness.DEFAULT.popular()));
    fields.end();
    return fairness;
  }

  private static Staging staging(Fields fields) {
    Staging staging = new Staging(fields.flag("pinned", Staging.DEFAULT.pinned()));
    fields.end();
    return staging;
  }

  private static Lora lora(Fields fields) {
    Lora lora =
        new Lora(
            fields.flag("enabled", Lora.DEFAULT.enabled()),
            fields.integer("maxRank", Lora.DEFAULT.maxRank()),
            fields.text("cacheDir", Lora.DEFAULT.cacheDir()),
            fields.duration("downloadTimeout", Lora.DEFAULT.downloadTimeout()));
    fields.end();
    return lora;
  }

  private static KvCache kvCache(Fields fields) {
    KvCache kvCache =
        new KvCache(
            fields.flag("enabled", KvCache.DEFAULT.enabled()), fields.quantityOrNull("maxSize"));
    fields.end();
    return kvCache;
  }

  private static List<Toleration> tolerations(List<Fields> items) {
    List<Toleration> tolerations = new ArrayList<>();
    for (Fields item : items) {
      tolerations.add(
          new Toleration(
              item.text("key", ""),
              item.choice("operator", Toleration.Operator.class, Toleration.Operator.EQUAL),
              item.text("value", ""),
              item.choice("effect", Toleration.Effect.class, Toleration.Effect.ANY),
              item.longOrNull("tolerationSeconds")));
      item.end();
    }
    return tolerations;
  }

  private static ResourceRequirements resources(Fields fields) {
    List<ResourceRequirements.Claim> claims = new ArrayList<>();
    for (Fields claim : fields.objects("claims")) {
      claims.add(
          new ResourceRequirements.Claim(
              claim.requiredText("name", "must name a claim of the pod"),
              claim.text("request", "")));
      claim.end();
    }
    ResourceRequirements resources =
        new ResourceRequirements(
            fields.quantities("limits"), fields.quantities("requests"), claims);
    fields.end();
    return resources;
  }

  private List<EnvironmentSource> env(List<Fields> items) {
    List<EnvironmentSource> env = new ArrayList<>();
    for (Fields item : items) {
      String name = item.requiredText("name", "must name the variable, such as HF_TOKEN");
      if (item.has("value")) {
        item.ignore("value");
        collector.add(
            Violation.forbidden(
                item.path("value"),
                "plain values are given in spec.runtime.env, as NAME: value; here only valueFrom"));
      }
      Fields from = item.object("valueFrom");
      List<EnvironmentSource> found = new ArrayList<>();
      for (EnvironmentSource.Kind kind : EnvironmentSource.Kind.values()) {
        Fields reference = from.object(kind.wireName());
        if (from.has(kind.wireName())) {
          found.add(
              new EnvironmentSource(
                  name,
                  kind,
                  reference.requiredText("name", "must name the object, in the Model's namespace"),
                  reference.requiredText("key", "must name the entry that holds the value")));
          reference.end();
        }
      }
      from.end();
      item.end();
      if (found.size() == 1) {
        env.addAll(found);
      } else if (!item.has("value") || !found.isEmpty()) {
        collector.add(
            Violation.required(
                item.path("valueFrom"), "must hold either secretKeyRef or configMapKeyRef"));
      }
    }
    return env;
  }

  private static QueueSettings queue(Fields fields) {
    QueueSettings queue =
        new QueueSettings(
            fields.integer("maxDepth", QueueSettings.DEFAULT.maxDepth()),
            fields.duration("requestTimeout", QueueSettings.DEFAULT.requestTimeout()),
            fields.choice("duringDrain", DuringDrain.class, QueueSettings.DEFAULT.duringDrain()));
    fields.end();
    return queue;
  }
}
