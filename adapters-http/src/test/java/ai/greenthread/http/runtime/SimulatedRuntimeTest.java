package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.http.testkit.Await;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

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

  /** A vLLM whose engine has died says so, and then ends: one death, not two. */
  @Test
  void anEngineThatDiesBeforeItsProcessEndsIsToldOnce() throws Exception {
    InferenceRuntime runtime = awake();
    yard.post(runtime.endpoint(), "/admin/die", "");
    Await.until("the death is told", () -> !deaths.isEmpty());
    assertThat(deaths).singleElement().asString().contains("GET /health answered 503");

    yard.server().destroyForcibly();
    Await.until("the process has ended", () -> Yard.alive().isEmpty());
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    serves(runtime);
    assertThat(deaths).hasSize(1);

    yard.server().destroyForcibly();
    Await.until("the next death is told too", () -> deaths.size() == 2);
  }

  @Test
  void oneThatWillNotEndIsEndedByForce() throws Exception {
    InferenceRuntime runtime = simulated(Map.of("ignore-sigterm", "true", "parent-watch", "false"));
    runtime.onDeath(deaths::add);
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    runtime.stop(Duration.ofSeconds(1));
    assertThat(Yard.alive()).isEmpty();
    assertThat(deaths).isEmpty();
  }
}
