package ai.greenthread.domain.model;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.Quantity;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a user wants of a Model ({@code spec}), with every default filled in. The record itself
 * checks nothing; {@link ModelRules} says everything that is wrong with it at once.
 *
 * @param modelName Hugging Face id, which is also the name that requests carry in {@code model}
 * @param modelTypeOrNull what the model is for, or null where it was not said
 * @param dtype default {@code bfloat16}
 * @param loadFormat default {@code auto}
 * @param endpoints which ways to ask are open; empty for every one that suits the type
 * @param parallelism GPUs of one replica
 * @param replicas running copies, each with GPUs of its own; default 1
 * @param product GPU product that the node must carry, such as {@code NVIDIA-A40}; empty for any
 * @param gpuMemoryUtilization share of each GPU that vLLM may take, above 0 and at most 1, with the
 *     digits that were given; default 0.90
 * @param quantization default none
 * @param extraArgs raw arguments of the inference server, one token per item
 * @param sleep when it sleeps
 * @param fairness how it shares its GPU
 * @param staging where its weights wait
 * @param lora its adapters
 * @param kvCache its KV cache outside the GPU
 * @param nodeSelector labels that the node must carry
 * @param tolerations taints of nodes that the pods put up with
 * @param serviceAccountName identity of the pods; empty for the namespace's default
 * @param sidecarImage container image of the sidecar; empty for the controller's default
 * @param vllmImage container image of the inference server, of whatever kind; empty for the
 *     controller's default
 * @param resources of the inference container
 * @param env variables of the inference server whose values stand in other objects of its namespace
 *     (extension); plain ones are in {@code runtime.env}
 * @param queue how requests wait (extension)
 * @param runtime which inference server (extension); default vLLM
 */
public record ModelSpec(
    String modelName,
    @Nullable ModelType modelTypeOrNull,
    DataType dtype,
    LoadFormat loadFormat,
    List<Endpoint> endpoints,
    Parallelism parallelism,
    int replicas,
    String product,
    BigDecimal gpuMemoryUtilization,
    Quantization quantization,
    List<String> extraArgs,
    SleepSettings sleep,
    Fairness fairness,
    Staging staging,
    Lora lora,
    KvCache kvCache,
    Map<String, String> nodeSelector,
    List<Toleration> tolerations,
    String serviceAccountName,
    String sidecarImage,
    String vllmImage,
    ResourceRequirements resources,
    List<EnvironmentSource> env,
    QueueSettings queue,
    RuntimeSpec runtime) {
  public static final BigDecimal DEFAULT_GPU_MEMORY_UTILIZATION = new BigDecimal("0.90");

  public ModelSpec {
    endpoints = List.copyOf(endpoints);
    extraArgs = List.copyOf(extraArgs);
    nodeSelector = Copies.sorted(nodeSelector);
    tolerations = List.copyOf(tolerations);
    env = List.copyOf(env);
  }

  /** That model with every default. */
  public static ModelSpec of(String modelName) {
    return builder(modelName).build();
  }

  /** That model with every default, to be changed field by field. */
  public static ModelSpecBuilder builder(String modelName) {
    return new ModelSpecBuilder(modelName);
  }

  /** The same, to be changed field by field. */
  public ModelSpecBuilder toBuilder() {
    return new ModelSpecBuilder(this);
  }

  public Optional<ModelType> modelType() {
    return Optional.ofNullable(modelTypeOrNull);
  }

  /** Whether requests may use the endpoint: it is listed, or nothing is and it suits the type. */
  public boolean serves(Endpoint endpoint) {
    return endpoints.isEmpty()
        ? modelTypeOrNull == null || endpoint.suits(modelTypeOrNull)
        : endpoints.contains(endpoint);
  }

  /**
   * Memory per device to ask for as long as none was measured: what the Model declares, or else the
   * share of the device that it may take.
   *
   * @param smallest capacity of the smallest of its devices
   */
  public Bytes firstNeed(Bytes smallest) {
    return runtime
        .memory()
        .map(Quantity::bytes)
        .orElseGet(() -> smallest.times(gpuMemoryUtilization.doubleValue()));
  }
}
