package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.scheduling.runtime.InferenceRuntime;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every server behind the port keeps to, however different it is inside. A subclass says how
 * one is made.
 */
@Timeout(180)
abstract class RuntimeContract {
  /** Far less than any server in these tests gives back, far more than a JVM changes by itself. */
  private static final long GIVEN_BACK = 24L << 20;

  @TempDir Path folder;
  Yard yard;
  final List<String> deaths = new CopyOnWriteArrayList<>();

  @SuppressWarnings("NullAway.Init") // set before any test
  RuntimeContract() {}

  /** A runtime whose server starts. */
  abstract InferenceRuntime healthy() throws Exception;

  /** The process that serves. */
  ProcessHandle server() throws Exception {
    return yard.server();
  }

  /** What this JVM has started and nobody has ended yet. */
  List<ProcessHandle> alive() {
    return Yard.alive();
  }

  @BeforeEach
  void prepare() throws Exception {
    yard = new Yard(folder);
  }

  @AfterEach
  void end() throws Exception {
    yard.close();
  }

  final InferenceRuntime awake() throws Exception {
    InferenceRuntime runtime = healthy();
    runtime.onDeath(deaths::add);
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    return runtime;
  }

  final void serves(InferenceRuntime runtime) throws Exception {
    assertThat(runtime.probe()).isEmpty();
    assertThat(yard.infer(runtime.endpoint()).statusCode()).isEqualTo(200);
  }

  @Test
  void answersOnceAWakeReturnsAndTheSameQuestionGetsTheSameCanary() throws Exception {
    InferenceRuntime runtime = awake();
    serves(runtime);
    Optional<String> first = runtime.canary(Yard.AMPLE);
    assertThat(runtime.canary(Yard.AMPLE)).isEqualTo(first);
    assertThat(runtime.footprint().keySet()).containsExactlyElementsOf(Yard.DEVICES);
  }

  @Test
  void sleepReallyGivesMemoryBackAndASecondSleepIsHarmless() throws Exception {
    InferenceRuntime runtime = awake();
    serves(runtime);
    ProcessHandle server = server();
    long serving = ResidentMemory.of(server.pid());

    runtime.sleep(Yard.AMPLE);
    assertThat(ResidentMemory.of(server.pid())).isLessThan(serving - GIVEN_BACK);
    assertThat(server.isAlive()).isEqualTo(runtime.capabilities().staysAliveAsleep());

    runtime.sleep(Yard.AMPLE);
    assertThat(ResidentMemory.of(server.pid())).isLessThan(serving - GIVEN_BACK);
    assertThat(deaths).isEmpty();
  }

  @Test
  void servesAgainAfterAWakeAndASecondWakeIsHarmless() throws Exception {
    InferenceRuntime runtime = awake();
    Optional<String> before = runtime.canary(Yard.AMPLE);
    runtime.sleep(Yard.AMPLE);

    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    serves(runtime);
    assertThat(runtime.canary(Yard.AMPLE)).isEqualTo(before);

    URI endpoint = runtime.endpoint();
    ProcessHandle server = server();
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    serves(runtime);
    assertThat(runtime.endpoint()).isEqualTo(endpoint);
    assertThat(server()).isEqualTo(server);
    assertThat(deaths).isEmpty();
  }
}
