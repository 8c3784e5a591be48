package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.util.List;
import java.util.Map;

class SimulatedRuntimeTest extends ManagedContract {
  private InferenceRuntime simulated(Map<String, String> options) {
    return yard.create(
        new RuntimeSpec.Simulated(
            options, Map.of(), SleepLevel.AUTO, RuntimeTimeouts.DEFAULT, null));
  }

  @Override
  InferenceRuntime healthy() {
    return simulated(Map.of("real-memory", "64MiB"));
  }

  @Override
  InferenceRuntime neverReady() {
    return simulated(Map.of("never-ready", "true"));
  }

  @Override
  List<Broken> broken() {
    return List.of(
        new Broken(
            "an option that it does not know",
            () -> simulated(Map.of("no-such-knob", "1")),
            "while starting, the server ended",
            "exit code 1",
            "no-such-knob"),
        new Broken(
            "no room for its cache",
            () -> simulated(Map.of("gpu-memory", "1GiB", "weights", "2GiB")),
            "while starting, the server ended",
            "Try increasing gpu-memory-utilization"),
        new Broken(
            "an engine that fails late",
            () -> simulated(Map.of("fail-start", "true", "load-time", "300ms")),
            "Engine core initialization failed"));
  }
}
