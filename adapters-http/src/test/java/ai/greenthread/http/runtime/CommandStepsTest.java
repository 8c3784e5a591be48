package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.domain.model.HttpStep;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Any command that sleeps and wakes by calls which its user named. */
class CommandStepsTest extends ManagedContract {
  private InferenceRuntime steps(List<HttpStep> sleep, List<HttpStep> wake, String... options) {
    List<String> command = new ArrayList<>(Yard.simulator(options));
    command.addAll(List.of("--port", "{port}", "--served-model-name", "{model}"));
    return yard.create(
        new RuntimeSpec.Command(
            command,
            Map.of(),
            "",
            "/ping",
            sleep,
            wake,
            List.of(HttpStep.get("/v1/models")),
            RuntimeTimeouts.DEFAULT,
            null));
  }

  private static final List<HttpStep> SLEEP = List.of(HttpStep.post("/sleep?level=1"));
  private static final List<HttpStep> WAKE = List.of(HttpStep.post("/wake_up"));

  @Override
  InferenceRuntime healthy() {
    return steps(SLEEP, WAKE, "--real-memory", "64MiB");
  }

  @Override
  InferenceRuntime neverReady() {
    return steps(SLEEP, WAKE, "--never-ready", "true");
  }

  @Override
  List<Broken> broken() {
    return List.of(
        new Broken(
            "an engine that fails late",
            () -> steps(SLEEP, WAKE, "--fail-start", "true"),
            "while starting, the server ended",
            "Engine core initialization failed"));
  }

  @Test
  void aStepThatIsRefusedIsNamedWithItsAnswer() throws Exception {
    InferenceRuntime runtime = steps(SLEEP, WAKE, "--wake-fails", "1", "--sleep-fails", "1");
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    assertThatThrownBy(() -> runtime.sleep(Yard.AMPLE))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageContaining("POST /sleep?level=1 answered 500")
        .hasMessageContaining("sleep failed")
        .hasMessageContaining("expected 200");
    runtime.sleep(Yard.AMPLE);
    assertThatThrownBy(() -> runtime.wake(Yard.DEVICES, Yard.AMPLE))
        .hasMessageContaining("POST /wake_up answered 500");
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    assertThat(yard.infer(runtime.endpoint()).statusCode()).isEqualTo(200);
  }

  @Test
  void aSecondSleepDoesNotRepeatStepsThatCouldBeRefused() throws Exception {
    InferenceRuntime runtime = steps(SLEEP, WAKE, "--sleep-fails", "2+");
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    runtime.sleep(Yard.AMPLE);
    runtime.sleep(Yard.AMPLE);
  }

  @Test
  void aFailedStepIsTriedAgainAsOftenAsItsUserSaid() throws Exception {
    HttpStep patient =
        new HttpStep(HttpStep.Method.POST, "/sleep", "", 200, Duration.ofSeconds(30), 2);
    InferenceRuntime runtime = steps(List.of(patient), WAKE, "--sleep-fails", "1,2");
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    runtime.sleep(Yard.AMPLE);
  }

  /** Three steps that may each take the whole time would take it three times over. */
  @Test
  void allStepsAndRetriesTogetherKeepToTheLimit() throws Exception {
    HttpStep hanging =
        new HttpStep(HttpStep.Method.POST, "/sleep", "", 200, Duration.ofSeconds(30), 20);
    InferenceRuntime runtime = steps(List.of(hanging), WAKE, "--sleep-hangs", "all");
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    long begin = System.nanoTime();
    assertThatThrownBy(() -> runtime.sleep(Duration.ofSeconds(1)))
        .isInstanceOf(RuntimeFailure.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
  }

  @Test
  void aServerThatHasEndedCannotBePutToSleep() throws Exception {
    InferenceRuntime runtime = healthy();
    assertThatThrownBy(() -> runtime.sleep(Yard.AMPLE))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessage("the server does not run");
  }
}
