package ai.greenthread.domain.model;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds a {@link ModelSpec}: what is not said keeps its default. For one thread. */
public final class ModelSpecBuilder {
  private String modelName;
  private @Nullable ModelType modelTypeOrNull = null;
  private DataType dtype = DataType.BFLOAT16;
  private LoadFormat loadFormat = LoadFormat.AUTO;
  private List<Endpoint> endpoints = List.of();
  private Parallelism parallelism = Parallelism.DEFAULT;
  private int replicas = 1;
  private String product = "";
  private BigDecimal gpuMemoryUtilization = ModelSpec.DEFAULT_GPU_MEMORY_UTILIZATION;
  private Quantization quantization = Quantization.NONE;
  private List<String> extraArgs = List.of();
  private SleepSettings sleep = SleepSettings.DEFAULT;
  private Fairness fairness = Fairness.DEFAULT;
  private Staging staging = Staging.DEFAULT;
  private Lora lora = Lora.DEFAULT;
  private KvCache kvCache = KvCache.DEFAULT;
  private Map<String, String> nodeSelector = Map.of();
  private List<Toleration> tolerations = List.of();
  private String serviceAccountName = "";
  private String sidecarImage = "";
  private String vllmImage = "";
  private ResourceRequirements resources = ResourceRequirements.DEFAULT;
  private List<EnvironmentSource> env = List.of();
  private QueueSettings queue = QueueSettings.DEFAULT;
  private RuntimeSpec runtime = RuntimeSpec.Vllm.DEFAULT;

  ModelSpecBuilder(String modelName) {
    this.modelName = modelName;
  }

  ModelSpecBuilder(ModelSpec spec) {
    modelName = spec.modelName();
    modelTypeOrNull = spec.modelTypeOrNull();
    dtype = spec.dtype();
    loadFormat = spec.loadFormat();
    endpoints = spec.endpoints();
    parallelism = spec.parallelism();
    replicas = spec.replicas();
    product = spec.product();
    gpuMemoryUtilization = spec.gpuMemoryUtilization();
    quantization = spec.quantization();
    extraArgs = spec.extraArgs();
    sleep = spec.sleep();
    fairness = spec.fairness();
    staging = spec.staging();
    lora = spec.lora();
    kvCache = spec.kvCache();
    nodeSelector = spec.nodeSelector();
    tolerations = spec.tolerations();
    serviceAccountName = spec.serviceAccountName();
    sidecarImage = spec.sidecarImage();
    vllmImage = spec.vllmImage();
    resources = spec.resources();
    env = spec.env();
    queue = spec.queue();
    runtime = spec.runtime();
  }

  public ModelSpecBuilder modelName(String value) {
    modelName = value;
    return this;
  }

  public ModelSpecBuilder modelType(ModelType value) {
    modelTypeOrNull = value;
    return this;
  }

  public ModelSpecBuilder dtype(DataType value) {
    dtype = value;
    return this;
  }

  public ModelSpecBuilder loadFormat(LoadFormat value) {
    loadFormat = value;
    return this;
  }

  public ModelSpecBuilder endpoints(List<Endpoint> value) {
    endpoints = value;
    return this;
  }

  public ModelSpecBuilder parallelism(Parallelism value) {
    parallelism = value;
    return this;
  }

  public ModelSpecBuilder replicas(int value) {
    replicas = value;
    return this;
  }

  public ModelSpecBuilder product(String value) {
    product = value;
    return this;
  }

  public ModelSpecBuilder gpuMemoryUtilization(BigDecimal value) {
    gpuMemoryUtilization = value;
    return this;
  }

  public ModelSpecBuilder quantization(Quantization value) {
    quantization = value;
    return this;
  }

  public ModelSpecBuilder extraArgs(List<String> value) {
    extraArgs = value;
    return this;
  }

  public ModelSpecBuilder sleep(SleepSettings value) {
    sleep = value;
    return this;
  }

  public ModelSpecBuilder fairness(Fairness value) {
    fairness = value;
    return this;
  }

  public ModelSpecBuilder staging(Staging value) {
    staging = value;
    return this;
  }

  public ModelSpecBuilder lora(Lora value) {
    lora = value;
    return this;
  }

  public ModelSpecBuilder kvCache(KvCache value) {
    kvCache = value;
    return this;
  }

  public ModelSpecBuilder nodeSelector(Map<String, String> value) {
    nodeSelector = value;
    return this;
  }

  public ModelSpecBuilder tolerations(List<Toleration> value) {
    tolerations = value;
    return this;
  }

  public ModelSpecBuilder serviceAccountName(String value) {
    serviceAccountName = value;
    return this;
  }

  public ModelSpecBuilder sidecarImage(String value) {
    sidecarImage = value;
    return this;
  }

  public ModelSpecBuilder vllmImage(String value) {
    vllmImage = value;
    return this;
  }

  public ModelSpecBuilder resources(ResourceRequirements value) {
    resources = value;
    return this;
  }

  public ModelSpecBuilder env(List<EnvironmentSource> value) {
    env = value;
    return this;
  }

  public ModelSpecBuilder queue(QueueSettings value) {
    queue = value;
    return this;
  }

  public ModelSpecBuilder runtime(RuntimeSpec value) {
    runtime = value;
    return this;
  }

  public ModelSpec build() {
    return new ModelSpec(
        modelName,
        modelTypeOrNull,
        dtype,
        loadFormat,
        endpoints,
        parallelism,
        replicas,
        product,
        gpuMemoryUtilization,
        quantization,
        extraArgs,
        sleep,
        fairness,
        staging,
        lora,
        kvCache,
        nodeSelector,
        tolerations,
        serviceAccountName,
        sidecarImage,
        vllmImage,
        resources,
        env,
        queue,
        runtime);
  }
}
