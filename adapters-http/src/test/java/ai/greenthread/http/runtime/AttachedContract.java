package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.http.testkit.Await;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.io.BufferedReader;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a server keeps to that somebody else started: it is put to sleep, never ended, and counts as
 * dead once it no longer answers.
 */
abstract class AttachedContract extends RuntimeContract {
  private Process process;

  @SuppressWarnings("NullAway.Init") // healthy starts it
  AttachedContract() {}

  /** A runtime for the server at this address. */
  abstract InferenceRuntime attach(URI server);

  @Override
  InferenceRuntime healthy() throws Exception {
    return attach(start(0));
  }

  @Override
  ProcessHandle server() {
    return process.toHandle();
  }

  private URI start(int port) throws Exception {
    process =
        new ProcessBuilder(
                Yard.simulator(
                    "--real-memory",
                    "64MiB",
                    "--served-model-name",
                    Yard.MODEL,
                    "--port",
                    Integer.toString(port)))
            .redirectErrorStream(true)
            .start();
    BufferedReader output = process.inputReader();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("ready ")) {
        return URI.create(line.substring("ready ".length()));
      }
    }
    throw new AssertionError("the simulator did not start");
  }

  @Override
  @AfterEach
  void end() throws Exception {
    if (process != null) {
      process.destroyForcibly().onExit().join();
    }
    super.end();
  }

  @Test
  void stopPutsItToSleepAndLeavesItRunning() throws Exception {
    InferenceRuntime runtime = awake();
    runtime.stop(Yard.AMPLE);
    assertThat(process.isAlive()).isTrue();
    assertThat(yard.get(runtime.endpoint(), "/is_sleeping").body()).contains("true");
    assertThat(runtime.footprint()).isEmpty();
    runtime.stop(Yard.AMPLE);

    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    serves(runtime);
    assertThat(deaths).isEmpty();
  }

  @Test
  void tellsOnceThatItNoLongerAnswersAndServesAgainWhenItIsBack() throws Exception {
    InferenceRuntime runtime = awake();
    process.destroyForcibly().onExit().join();
    assertThat(runtime.probe()).isPresent();
    Await.until("the death is told", () -> !deaths.isEmpty());
    assertThat(deaths)
        .singleElement()
        .asString()
        .contains("no server answers at " + runtime.endpoint());

    runtime.stop(Yard.AMPLE);
    start(runtime.endpoint().getPort());
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    serves(runtime);
    assertThat(deaths).hasSize(1);
  }

  @Test
  void saysAtOnceThatNoServerAnswers() throws Exception {
    InferenceRuntime runtime = attach(URI.create("http://127.0.0.1:9"));
    long begin = System.nanoTime();
    assertThatThrownBy(() -> runtime.wake(Yard.DEVICES, Yard.AMPLE))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageContaining("no server answers at http://127.0.0.1:9")
        .hasMessageContaining("spec.runtime.url");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
  }
}
