package ai.greenthread.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The compiled mock and load generator, before each other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NativeTest {

  private static final Duration COMPILE_LIMIT = Duration.ofMinutes(2);
  private static final Cores SHARED = Cores.among(List.of());
  private static final Scenario SHORT = new Scenario.Closed(4, 0.1);

  private final Path programs;
  private final Workshop workshop;
  private final Mock mock;

  NativeTest(@TempDir Path programs) throws Exception {
    assumeTrue(hasCompiler(), "no gcc here: the benchmark says so too");
    this.programs = programs;
    for (String name : List.of("mock", "load")) {
      Workshop.output(
          List.of(
              "gcc", "-O2", "-o", programs.resolve(name).toString(), "src/main/c/" + name + ".c"),
          COMPILE_LIMIT);
    }
    workshop = new Workshop(SHARED);
    mock = Mock.start(workshop, programs.resolve("mock"));
  }

  @AfterAll
  void end() {
    workshop.close();
  }

  @Test
  void goodAnswersAreCountedWithWhatTheyCost() throws Exception {
    Measurement m = generator("bench").measure(mock.direct(), SHORT, 1);

    assertThat(m.load().ok()).isPositive();
    assertThat(m.load().perSecond()).isPositive();
    assertThat(m.load().cpuMicrosEach()).isPositive();
    assertThat(m.load().latencyMicros().p50()).isPositive();
    assertThat(m.memoryBytes()).isPositive();
  }

  @Test
  void everyEventOfEveryStreamIsRead() throws Exception {
    var streams = new Scenario.Streams(20, 2, Profile.CHUNKS, Profile.PACE_MILLIS);
    Load load =
        generator("bench\",\"mock_pace_ms\":1,\"x\":\"").measure(mock.direct(), streams, 1).load();

    assertThat(load.ok()).isEqualTo(40);
    assertThat(load.events()).isEqualTo(40L * Profile.CHUNKS);
    assertThat(load.lostEvents()).isZero();
  }

  @Test
  void aStreamWhoseServerDiesMakesTheRunVoid() {
    var streams = new Scenario.Streams(5, 1, Profile.CHUNKS, 1);

    assertThatThrownBy(() ->
            generator("bench\",\"mock_die_after\":3,\"x\":\"").measure(mock.direct(), streams, 1))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("5 of 5 requests failed")
        .hasMessageContaining("3 events");
  }

  @Test
  void aRefusalMakesTheRunVoid() {
    assertThatThrownBy(() ->
            generator("bench\",\"mock_status\":429,\"x\":\"").measure(mock.direct(), SHORT, 1))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("status 429");
  }

  @Test
  void aStallIsPaidByEveryRequestThatWasDueMeanwhile() throws Exception {
    // Of one second the mock stands still for 0.3: three in ten requests are due meanwhile, and
    // wait for the rest of it.
    CompletableFuture<Void> stall =
        CompletableFuture.runAsync(
            this::standStill, CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS));
    Load load = generator("bench").measure(mock.direct(), new Scenario.Open(500, 1), 1).load();
    stall.join();

    assertThat(load.latencyMicros().max()).isGreaterThan(250_000);
    assertThat(load.latencyMicros().p90()).isGreaterThan(100_000);
  }

  @Test
  void aGatewayThatRunsAtAnotherPriorityIsNotCompared() throws Exception {
    Process favoured = new ProcessBuilder("nice", "-n", "3", "sleep", "60").start();
    try {
      Gateway direct = mock.direct();
      var gateway = new Gateway("odd", "", direct.url(), favoured.pid(), "", false, Duration.ZERO);
      assertThatThrownBy(() -> generator("bench").measure(gateway, SHORT, 1))
          .isInstanceOf(Unavailable.class)
          .hasMessageContaining("different priorities");
    } finally {
      favoured.destroy();
    }
  }

  @Test
  void mannersOfAServerAskedDirectly() throws Exception {
    Manners.Report report = new Manners(mock, "bench").of(mock.direct());

    assertThat(report.retryAfter()).isTrue();
    assertThat(report.deathIsVisible()).isTrue();
    assertThat(report.leavingMillis()).isNotNull();
    assertThat(report.leavingMillis()).extracting(Spread::rounds).isEqualTo(report.left());
  }

  private void standStill() {
    try {
      signal("-STOP");
      Thread.sleep(300);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } finally {
      signal("-CONT");
    }
  }

  private void signal(String which) {
    try {
      Workshop.output(List.of("kill", which, Long.toString(mock.pid())), Duration.ofSeconds(5));
    } catch (Unavailable why) {
      throw new IllegalStateException(why);
    }
  }

  private Generator generator(String model) {
    return new Generator(programs.resolve("load"), mock, SHARED, model, Duration.ofMillis(10));
  }

  private static boolean hasCompiler() {
    try {
      Workshop.output(List.of("gcc", "--version"), Duration.ofSeconds(10));
      return true;
    } catch (Unavailable none) {
      return false;
    }
  }
}
