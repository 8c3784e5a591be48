package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.http.testkit.Await;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What a server that the engine starts itself keeps to besides: it dies in the open, ends when told
 * to, and a start that fails says why and leaves nothing behind. A subclass says how one is made
 * that does not start.
 */
abstract class ManagedContract extends RuntimeContract {
  /** Beyond its time limit an operation may use this much to clean up, on a busy machine. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** A runtime whose server never gets ready, and holds out until it is ended. */
  abstract InferenceRuntime neverReady() throws Exception;

  /** Servers that do not start, and what is said about each. */
  abstract List<Broken> broken();

  /**
   * A server that does not start.
   *
   * @param says what its failure must contain
   */
  record Broken(String name, Maker maker, List<String> says) {
    Broken(String name, Maker maker, String... says) {
      this(name, maker, List.of(says));
    }

    interface Maker {
      InferenceRuntime make() throws Exception;
    }
  }

  @Test
  void tellsOnceThatItsServerWasKilledAndTheNextWakeServes() throws Exception {
    InferenceRuntime runtime = awake();
    ProcessHandle server = server();

    server.destroyForcibly();
    Await.until("the death is told", () -> !deaths.isEmpty());
    assertThat(runtime.probe()).isPresent();
    assertThat(runtime.footprint().values()).allMatch(bytes -> bytes.isZero());

    assertThat(deaths).singleElement().asString().contains("killed").contains("137");
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    serves(runtime);
    assertThat(deaths).hasSize(1);
  }

  @Test
  void stopEndsItsServerAndMayBeRepeated() throws Exception {
    InferenceRuntime runtime = awake();
    ProcessHandle server = server();
    runtime.stop(Yard.AMPLE);
    assertThat(server.isAlive()).isFalse();
    assertThat(runtime.probe()).isPresent();
    assertThat(runtime.footprint().values()).allMatch(bytes -> bytes.isZero());
    runtime.stop(Yard.AMPLE);

    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    serves(runtime);
    runtime.sleep(Yard.AMPLE);
    runtime.stop(Yard.AMPLE);
    assertThat(alive()).isEmpty();
    assertThat(deaths).isEmpty();
  }

  @Test
  void aWakePastItsLimitFailsInTimeAndLeavesNothingRunning() throws Exception {
    InferenceRuntime runtime = neverReady();
    runtime.onDeath(deaths::add);
    Duration limit = Duration.ofSeconds(1);
    long begin = System.nanoTime();

    assertThatThrownBy(() -> runtime.wake(Yard.DEVICES, limit))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageContaining("not healthy after 1 s");

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(limit.plus(GRACE));
    assertThat(alive()).isEmpty();
    assertThat(deaths).isEmpty();
  }

  @Test
  void anInterruptedWakeEndsAndLeavesNothingRunning() throws Exception {
    InferenceRuntime runtime = neverReady();
    runtime.onDeath(deaths::add);
    var thrown = new AtomicReference<Throwable>();
    Thread waking =
        Thread.ofVirtual()
            .start(() -> {
              try {
                runtime.wake(Yard.DEVICES, Yard.AMPLE);
              } catch (RuntimeFailure | InterruptedException e) {
                thrown.set(e);
              }
            });
    Await.until("the server is starting", () -> !alive().isEmpty());

    waking.interrupt();
    assertThat(waking.join(GRACE)).isTrue();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(alive()).isEmpty();
    assertThat(deaths).isEmpty();
  }

  @TestFactory
  Stream<DynamicTest> saysWhatToDoWhenItsServerDoesNotStart() {
    return broken().stream()
        .map(broken ->
            DynamicTest.dynamicTest(
                broken.name(),
                () -> {
                  InferenceRuntime runtime = broken.maker().make();
                  runtime.onDeath(deaths::add);
                  long begin = System.nanoTime();
                  assertThatThrownBy(() -> runtime.wake(Yard.DEVICES, Yard.AMPLE))
                      .isInstanceOf(RuntimeFailure.class)
                      .message()
                      .contains(broken.says());
                  assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Yard.AMPLE);
                  assertThat(alive()).isEmpty();
                  assertThat(deaths).as("told by the failure, not once more").isEmpty();
                }));
  }
}
