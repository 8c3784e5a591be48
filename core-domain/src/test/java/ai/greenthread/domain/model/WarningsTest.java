package ai.greenthread.domain.model;

import static ai.greenthread.domain.model.Manifests.list;
import static ai.greenthread.domain.model.Manifests.map;
import static ai.greenthread.domain.model.Manifests.metadata;
import static ai.greenthread.domain.model.Manifests.runtime;
import static ai.greenthread.domain.model.Manifests.spec;
import static ai.greenthread.domain.model.Manifests.valid;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What is allowed and probably not meant: read, with exactly one warning. */
class WarningsTest {
  private record Oddity(@Nullable Object manifest, String field, String says) {
    DynamicTest test() {
      return DynamicTest.dynamicTest(
          field + ": " + says,
          () -> {
            List<Warning> warnings = valid(manifest).warnings();
            assertThat(warnings).hasSize(1);
            assertThat(warnings.getFirst().field()).isEqualTo(field);
            assertThat(warnings.getFirst().message()).contains(says);
          });
    }
  }

  @TestFactory
  Stream<DynamicTest> oddValuesAreTakenWithAWarning() {
    return Stream.of(
            new Oddity(metadata("name", "api"), "metadata.name", "such as my-api"),
            new Oddity(
                metadata("name", "v1"), "metadata.name", "engine's own, such as those below /v1;"),
            new Oddity(
                spec("gpuMemoryUtilization", 0.9),
                "spec.gpuMemoryUtilization",
                "is a text; write \"0.9\" in quotes"),
            new Oddity(spec("gpuMemoryUtilization", "0.05"), "spec.gpuMemoryUtilization", "tenth"),
            new Oddity(spec("modelName", 4), "spec.modelName", "write \"4\" in quotes"),
            new Oddity(spec("extraArgs", list("-n", 4096)), "spec.extraArgs[1]", "in quotes"),
            new Oddity(spec("tensorParallelSize", 2), "spec.tensorParallelSize", "old name"),
            new Oddity(
                spec("fairness", map("minRuntime", "0s")),
                "spec.fairness.minRuntime",
                "0s is unusual; 1s to 10m"),
            new Oddity(
                spec("fairness", map("minRuntime", "11m"), "sleep", map("idleTimeout", "12m")),
                "spec.fairness.minRuntime",
                "11m is unusual"),
            new Oddity(
                spec("fairness", map("maxWaitTime", "500ms")),
                "spec.fairness.maxWaitTime",
                "1s to 5m"),
            new Oddity(
                spec("sleep", map("drainTimeout", "1s")), "spec.sleep.drainTimeout", "5s to 10m"),
            new Oddity(
                spec("sleep", map("idleTimeout", "5s")),
                "spec.sleep.idleTimeout",
                "shorter than spec.fairness.minRuntime"),
            new Oddity(
                spec("sleep", map("idleTimeout", "5s"), "fairness", map("popular", true)),
                "spec.sleep.idleTimeout",
                "spec.fairness.popular keeps the Model from sleeping"),
            new Oddity(
                spec("queue", map("requestTimeout", "4s")),
                "spec.queue.requestTimeout",
                "shorter than spec.fairness.maxWaitTime"),
            new Oddity(spec("lora", map("maxRank", 8)), "spec.lora", "until spec.lora.enabled"),
            new Oddity(
                spec("kvCache", map("maxSize", "1Gi")), "spec.kvCache", "spec.kvCache.enabled"),
            new Oddity(
                spec("extraArgs", list("--max-model-len 4096")),
                "spec.extraArgs[0]",
                "a space after --max-model-len: one item is one argument"),
            new Oddity(
                spec("extraArgs", list("--tensor-parallel-size=2")),
                "spec.extraArgs[0]",
                "use spec.parallelism.tensor"),
            new Oddity(
                spec("extraArgs", list("--gpu_memory_utilization", "0.5")),
                "spec.extraArgs[0]",
                "use spec.gpuMemoryUtilization"),
            new Oddity(spec("extraArgs", list("--port", "1")), "spec.extraArgs[0]", "remove it"),
            new Oddity(
                spec("quantization", "awq", "extraArgs", list("--quantization", "awq")),
                "spec.extraArgs[0]",
                "spec.quantization says so already"),
            new Oddity(
                spec("resources", map("limits", map("nvidia.com/gpu", 1))),
                "spec.resources.limits[nvidia.com/gpu]",
                "use spec.parallelism"))
        .map(Oddity::test);
  }

  @Test
  void aNameThatOnlyOldModelsMayHaveIsRefusedToNewOnesInTheSameWords() {
    Warning kept = valid(metadata("name", "status")).warnings().getFirst();
    assertThat(ModelRules.newName("status"))
        .hasValueSatisfying(refused -> {
          assertThat(refused.field()).isEqualTo(kept.field());
          assertThat(refused.message()).isEqualTo(kept.message());
          assertThat(refused.value()).contains("status");
        });
    assertThat(ModelRules.newName("my-status")).isEmpty();
  }

  @TestFactory
  Stream<DynamicTest> oddRuntimesAreTakenWithAWarning() {
    return Stream.of(
            new Oddity(
                runtime("type", "builtin", "modelFile", "weights.bin"),
                "spec.runtime.modelFile",
                "GGUF files only"),
            new Oddity(
                runtime("command", list("vllm", "--port=9")),
                "spec.runtime.command",
                "does not contain {port}"),
            new Oddity(
                runtime("command", list("vllm", "{prot}", "{port}")),
                "spec.runtime.command[1]",
                "did you mean {port}?"),
            new Oddity(
                runtime("url", "http://127.0.0.1:8000", "memory", "1Gi", "env", map("A", "b")),
                "spec.runtime.env",
                "already runs"),
            new Oddity(
                spec(
                    "extraArgs",
                    list("-x"),
                    "runtime",
                    map("url", "http://127.0.0.1:8000", "memory", "1Gi")),
                "spec.extraArgs",
                "already runs"),
            new Oddity(
                runtime("env", map("CUDA_VISIBLE_DEVICES", "0")),
                "spec.runtime.env[CUDA_VISIBLE_DEVICES]",
                "the engine chooses the devices"),
            new Oddity(
                runtime("env", map("GREENTHREAD_RUN", "/tmp")),
                "spec.runtime.env[GREENTHREAD_RUN]",
                "the engine's own names"),
            new Oddity(
                runtime("env", map("POD_UID", "1")), "spec.runtime.env[POD_UID]", "overwritten"),
            allocator("PYTORCH_CUDA_ALLOC_CONF"),
            allocator("PYTORCH_ALLOC_CONF"),
            allocator("PYTORCH_HIP_ALLOC_CONF"),
            new Oddity(
                runtime("env", map("OMP_NUM_THREADS", 4)),
                "spec.runtime.env[OMP_NUM_THREADS]",
                "write it in quotes"),
            new Oddity(
                runtime(
                    "type", "command",
                    "command", list("x", "{port}"),
                    "verifySteps", list(map("method", "GET", "path", "/x", "body", "y"))),
                "spec.runtime.verifySteps[0].body",
                "use method: POST"),
            onBuiltin("dtype", "float32"),
            onBuiltin("loadFormat", "gthread"),
            onBuiltin("quantization", "fp8"),
            onBuiltin("gpuMemoryUtilization", "0.5"),
            onBuiltin("lora", map("enabled", true)),
            onBuiltin("kvCache", map("enabled", true)))
        .map(Oddity::test);
  }

  /** Where the value is, nobody looks before the server starts. */
  private static Oddity allocator(String name) {
    return new Oddity(
        spec("env", list(fromConfigMap(name))), "spec.env[0].name", "expandable_segments:True");
  }

  private static Object fromConfigMap(String name) {
    return map(
        "name", name, "valueFrom", map("configMapKeyRef", map("name", "torch", "key", "conf")));
  }

  @Test
  void anAllocatorsVariableIsNothingToServersOtherThanVllm() {
    Object manifest =
        spec(
            "env",
            list(fromConfigMap("PYTORCH_ALLOC_CONF")),
            "runtime",
            map("type", "builtin", "modelFile", "a.gguf"));
    assertThat(valid(manifest).warnings()).isEmpty();
  }

  private static Oddity onBuiltin(String name, Object value) {
    Object builtin = map("type", "builtin", "modelFile", "a.gguf");
    return new Oddity(
        spec(name, value, "runtime", builtin),
        "spec." + name,
        "has no effect with runtime type builtin");
  }
}
