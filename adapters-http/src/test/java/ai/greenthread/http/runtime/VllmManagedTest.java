package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A vLLM by its own command line, at the deeper level of sleep. */
class VllmManagedTest extends ManagedContract {
  private InferenceRuntime vllm(List<String> command, Map<String, String> environment) {
    return yard.create(
        new RuntimeSpec.Vllm(
            command,
            environment,
            "",
            RuntimeSpec.DEFAULT_HEALTH_PATH,
            SleepLevel.TWO,
            RuntimeTimeouts.DEFAULT,
            null));
  }

  private static List<String> serve(String... more) {
    List<String> command = new ArrayList<>(Yard.simulator(more));
    command.addAll(List.of("--port", "{port}", "--served-model-name", "{model}"));
    command.addAll(List.of("--devices", "{devices}"));
    return command;
  }

  @Override
  InferenceRuntime healthy() {
    return vllm(serve("--real-memory", "64MiB"), Map.of());
  }

  @Override
  InferenceRuntime neverReady() {
    return vllm(serve("--never-ready", "true"), Map.of());
  }

  @Override
  List<Broken> broken() {
    return List.of(
        new Broken(
            "a program that is not there",
            () -> vllm(List.of("/no/such/vllm", "serve"), Map.of()),
            "cannot start /no/such/vllm",
            "spec.runtime.command"),
        new Broken(
            "memory that sleep could not give back",
            () -> vllm(serve(), Map.of("PYTORCH_CUDA_ALLOC_CONF", "a:b,expandable_segments:True")),
            "PYTORCH_CUDA_ALLOC_CONF",
            "spec.runtime.env"));
  }
}
