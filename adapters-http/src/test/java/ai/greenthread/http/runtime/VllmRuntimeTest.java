package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.domain.model.SleepLevel;
import ai.greenthread.http.testkit.RawUpstream;
import ai.greenthread.runtimes.simulated.SimulatedVllm;
import ai.greenthread.runtimes.simulated.SimulatorConfig;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways and the tricks of vLLM's admin API, against a simulator in this JVM. */
@Timeout(120)
class VllmRuntimeTest {
  private static final Duration SHORT = Duration.ofSeconds(1);

  @TempDir Path folder;
  private Yard yard;
  private final List<SimulatedVllm> simulators = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // set before each test
  VllmRuntimeTest() {}

  @BeforeEach
  void prepare() {
    yard = new Yard(folder);
  }

  @AfterEach
  void end() {
    simulators.forEach(SimulatedVllm::close);
  }

  private SimulatedVllm simulator(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--served-model-name", Yard.MODEL));
    arguments.addAll(List.of(options));
    SimulatedVllm simulator = SimulatedVllm.start(SimulatorConfig.parse(arguments));
    simulators.add(simulator);
    return simulator;
  }

  private InferenceRuntime runtime(SleepLevel level, String url) {
    return yard.create(
        new RuntimeSpec.Vllm(
            List.of(),
            Map.of(),
            url,
            RuntimeSpec.DEFAULT_HEALTH_PATH,
            level,
            RuntimeTimeouts.DEFAULT,
            null));
  }

  private InferenceRuntime awake(SleepLevel level, String... options) throws Exception {
    InferenceRuntime runtime = runtime(level, simulator(options).url());
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    return runtime;
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> sleepFails(
      InferenceRuntime runtime, Duration limit) {
    return failsWithin(limit, () -> runtime.sleep(limit));
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> wakeFails(
      InferenceRuntime runtime, Duration limit) {
    return failsWithin(limit, () -> runtime.wake(Yard.DEVICES, limit));
  }

  private interface Operation {
    void run() throws RuntimeFailure, InterruptedException;
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> failsWithin(
      Duration limit, Operation operation) {
    long begin = System.nanoTime();
    var failure = assertThatThrownBy(operation::run).isInstanceOf(RuntimeFailure.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .as("time it took to fail")
        .isLessThan(limit.plusSeconds(2));
    return failure;
  }

  private String said(String path, InferenceRuntime runtime) throws Exception {
    return yard.get(runtime.endpoint(), path).body();
  }

  @Test
  void levelOneKeepsTheWeightsInMainMemory() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE);
    runtime.sleep(Yard.AMPLE);
    assertThat(said("/admin/state", runtime))
        .contains("\"sleep_level\":1", "\"host_bytes\":1073741824");
    assertThat(said("/metrics", runtime))
        .containsPattern("sleep_state=\"weights_offloaded\"[^\n]* 1(\\.0)?\n");
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    assertThat(said("/admin/state", runtime)).contains("\"asleep\":false", "\"wakes\":1");
  }

  @Test
  void autoIsLevelOne() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.AUTO);
    runtime.sleep(Yard.AMPLE);
    assertThat(said("/admin/state", runtime)).contains("\"sleep_level\":1");
  }

  @Test
  void levelTwoDropsTheWeightsAndBringsThemBackBeforeItServes() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.TWO);
    Optional<String> before = runtime.canary(Yard.AMPLE);
    runtime.sleep(Yard.AMPLE);
    assertThat(said("/admin/state", runtime))
        .contains("\"sleep_level\":2", "\"host_bytes\":0", "\"weights_good\":false");
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    assertThat(said("/admin/state", runtime)).contains("\"weights_good\":true");
    assertThat(runtime.canary(Yard.AMPLE)).isEqualTo(before);
  }

  @Test
  void theCanaryTellsWeightsThatWereLostBehindStatusTwoHundred() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.TWO);
    Optional<String> before = runtime.canary(Yard.AMPLE);
    runtime.sleep(Yard.AMPLE);
    yard.post(runtime.endpoint(), "/wake_up", "");
    assertThat(yard.infer(runtime.endpoint()).statusCode()).isEqualTo(200);
    assertThat(runtime.canary(Yard.AMPLE)).isPresent().isNotEqualTo(before);
  }

  @Test
  void withoutDevelopmentModeItServesAndSaysWhyItCannotSleep() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE, "--dev-mode", "false");
    assertThat(runtime.probe()).isEmpty();
    assertThat(runtime.canary(Yard.AMPLE)).isPresent();
    sleepFails(runtime, Yard.AMPLE)
        .hasMessageContaining("VLLM_SERVER_DEV_MODE=1")
        .hasMessageContaining("--enable-sleep-mode");
    failsWithin(Yard.AMPLE, () -> runtime.stop(Yard.AMPLE))
        .hasMessageContaining("VLLM_SERVER_DEV_MODE=1");
  }

  @Test
  void wakesOnceAllOfItsPartsAreBackAndNotBefore() throws Exception {
    InferenceRuntime runtime =
        awake(SleepLevel.ONE, "--wake-early", "true", "--wake-time", "300ms");
    runtime.sleep(Yard.AMPLE);
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    assertThat(said("/admin/state", runtime)).contains("\"asleep\":false");
  }

  @Test
  void aHalfWokenServerIsWokenWholly() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE);
    runtime.sleep(Yard.AMPLE);
    yard.post(runtime.endpoint(), "/wake_up?tags=weights", "");
    assertThat(said("/is_sleeping", runtime)).contains("true");
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    assertThat(said("/is_sleeping", runtime)).contains("false");
    assertThat(runtime.canary(Yard.AMPLE)).isPresent();
  }

  @Test
  void sleepWaitsUntilTheServerSaysSoItself() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE, "--is-sleeping-lag", "200ms");
    runtime.sleep(Yard.AMPLE);
    assertThat(said("/is_sleeping", runtime)).contains("true");
  }

  @Test
  void sleepFailsWhenTheServerSaysItIsAwake() throws Exception {
    sleepFails(awake(SleepLevel.ONE, "--is-sleeping", "false"), SHORT)
        .hasMessageContaining("/is_sleeping stays false");
  }

  @Test
  void wakeFailsWhenTheServerSaysItSleeps() throws Exception {
    wakeFails(runtime(SleepLevel.ONE, simulator("--is-sleeping", "true").url()), SHORT)
        .hasMessageContaining("/is_sleeping stays true");
  }

  @Test
  void aRefusedSleepIsToldWithItsAnswer() throws Exception {
    sleepFails(awake(SleepLevel.ONE, "--sleep-fails", "1"), Yard.AMPLE)
        .hasMessageContaining("POST /sleep answered 500")
        .hasMessageContaining("sleep failed");
  }

  @Test
  void aRefusedWakeIsToldWithItsAnswer() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE, "--wake-fails", "1");
    runtime.sleep(Yard.AMPLE);
    wakeFails(runtime, Yard.AMPLE)
        .hasMessageContaining("POST /wake_up answered 500")
        .hasMessageContaining("wake_up failed");
  }

  @Test
  void aWakeWithoutRoomIsToldWithItsAnswer() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE, "--wake-ooms", "1");
    runtime.sleep(Yard.AMPLE);
    wakeFails(runtime, Yard.AMPLE).hasMessageContaining("CUDA out of memory");
    assertThat(runtime.probe()).isPresent();
  }

  @Test
  void aSleepThatHangsFailsInTime() throws Exception {
    sleepFails(awake(SleepLevel.ONE, "--sleep-hangs", "all"), SHORT)
        .hasMessageContaining("POST /sleep")
        .hasMessageContaining("no answer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ONE", "TWO"})
  void aWakeThatHangsFailsInTime(SleepLevel level) throws Exception {
    InferenceRuntime runtime = awake(level, "--wake-hangs", "all");
    runtime.sleep(Yard.AMPLE);
    wakeFails(runtime, SHORT)
        .hasMessageContaining("POST /wake_up")
        .hasMessageContaining("no answer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--sleep-hangs", "--wake-hangs"})
  void anInterruptedOperationEndsAtOnce(String knob) throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE, knob, "all");
    boolean waking = knob.equals("--wake-hangs");
    if (waking) {
      runtime.sleep(Yard.AMPLE);
    }
    var thrown = new AtomicReference<Throwable>();
    Thread busy =
        Thread.ofVirtual()
            .start(() -> {
              try {
                if (waking) {
                  runtime.wake(Yard.DEVICES, Yard.AMPLE);
                } else {
                  runtime.sleep(Yard.AMPLE);
                }
              } catch (RuntimeFailure | InterruptedException e) {
                thrown.set(e);
              }
            });
    String counted = waking ? "\"wakes\":1" : "\"sleeps\":1";
    while (!said("/admin/state", runtime).contains(counted)) {
      Thread.onSpinWait();
    }
    busy.interrupt();
    assertThat(busy.join(Duration.ofSeconds(5))).isTrue();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void aSlowWakeFailsInTimeAndTheNextOneFindsItDone() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE, "--wake-time", "2s");
    runtime.sleep(Yard.AMPLE);
    wakeFails(runtime, SHORT);
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    assertThat(runtime.canary(Yard.AMPLE)).isPresent();
  }

  @Test
  void aSlowReloadOfTheWeightsCountsAgainstTheSameLimit() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.TWO, "--reload-time", "20s");
    runtime.sleep(Yard.AMPLE);
    wakeFails(runtime, SHORT).hasMessageContaining("/collective_rpc");
  }

  /** The answer is 200 and the engine behind it is dead: vLLM has done that. */
  @Test
  void aServerThatDiesWhileFallingAsleepIsFoundAtOnce() throws Exception {
    sleepFails(awake(SleepLevel.ONE, "--sleep-dies", "1"), Duration.ofSeconds(5))
        .hasMessageContaining("/health answered 503");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--sleep-crashes", "--wake-crashes"})
  void aServerThatCrashesOnTheWayIsFoundAtOnce(String knob) throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE, knob, "1");
    if (knob.equals("--wake-crashes")) {
      runtime.sleep(Yard.AMPLE);
      wakeFails(runtime, Duration.ofSeconds(5)).hasMessageContaining("POST /wake_up");
    } else {
      sleepFails(runtime, Duration.ofSeconds(5)).hasMessageContaining("POST /sleep");
    }
    assertThat(runtime.probe()).isPresent();
  }

  @Test
  void theProbeWakesNothingAndTellsADeadEngine() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE);
    runtime.sleep(Yard.AMPLE);
    assertThat(runtime.probe()).isEmpty();
    assertThat(said("/is_sleeping", runtime)).contains("true");
    yard.post(runtime.endpoint(), "/admin/die", "");
    assertThat(runtime.probe()).hasValueSatisfying(why -> assertThat(why).contains("503"));
  }

  @Test
  void theProbeOfAServerThatHangsEnds() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE);
    yard.post(runtime.endpoint(), "/admin/config", "{\"health\":\"hang\"}");
    assertThat(runtime.probe()).isPresent();
  }

  @Test
  void countsWhatRunsAndWaitsByEitherNameAndSaysNothingWithoutMetrics() throws Exception {
    InferenceRuntime runtime = awake(SleepLevel.ONE);
    assertThat(runtime.inFlight()).isEqualTo(OptionalInt.of(0));
    yard.post(runtime.endpoint(), "/admin/config", "{\"metrics\":\"older\"}");
    assertThat(runtime.inFlight()).isEqualTo(OptionalInt.of(0));
    yard.post(runtime.endpoint(), "/admin/config", "{\"metrics\":\"missing\"}");
    assertThat(runtime.inFlight()).isEmpty();
  }

  /** A state that cannot be read is no state. */
  @Test
  void aServerThatCannotSayWhetherItSleepsCountsAsNeither() {
    String broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops";
    try (RawUpstream server = RawUpstream.answering(broken)) {
      wakeFails(runtime(SleepLevel.ONE, "http://127.0.0.1:" + server.port()), Yard.AMPLE)
          .hasMessageContaining("/is_sleeping answered 500: oops");
    }
  }

  /** Headers at once, a body never: the time limit holds for the whole answer. */
  @Test
  void anAnswerThatNeverEndsFailsInTime() {
    try (RawUpstream server =
        new RawUpstream(peer -> {
          while (peer.readRequest()) {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
          }
        })) {
      wakeFails(runtime(SleepLevel.ONE, "http://127.0.0.1:" + server.port()), SHORT);
    }
  }

  /** An admin answer is small; whoever sends more is not let into this JVM's memory. */
  @Test
  void anAnswerThatIsFarTooLargeIsRefused() {
    String page = "x".repeat(1 << 20);
    try (HttpClient http = HttpClient.newHttpClient();
        RawUpstream server =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
              for (int i = 0; i < 64; i++) {
                peer.send(page);
              }
            })) {
      var admin = new AdminClient(http, URI.create("http://127.0.0.1:" + server.port()));
      failsWithin(Yard.AMPLE, () -> admin.get("/metrics", Yard.AMPLE))
          .hasMessageContaining("exceeds");
    }
  }
}
