package ai.greenthread.runtimes.simulated;

import static ai.greenthread.runtimes.testing.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.runtimes.testing.Client;
import ai.greenthread.runtimes.testing.Client.Answer;
import ai.greenthread.runtimes.testing.Eventually;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sleep and wake of a healthy simulator. */
class SleepAndWakeTest extends SimulatorTest {
  private static final long GIB = 1L << 30;

  private static SimulatorConfig sized() {
    return config()
        .with(Knobs.GPU_MEMORY, 20 * GIB)
        .with(Knobs.GPU_MEMORY_UTILIZATION, 0.5)
        .with(Knobs.WEIGHTS, 6 * GIB)
        .with(Knobs.RESIDUE, GIB);
  }

  private static boolean sleeping(Client client) throws Exception {
    return client.get("/is_sleeping").json().flag("is_sleeping", false);
  }

  private static String sleepState(Client client) throws Exception {
    for (String state : new String[] {"awake", "weights_offloaded", "discard_all"}) {
      if (client.metric("vllm:engine_sleep_state", "\"" + state + "\"") == 1) {
        return state;
      }
    }
    return "none";
  }

  @Test
  void levelOneMovesWeightsToMainMemoryAndBack() throws Exception {
    SimulatedVllm simulator = start(sized());
    Client client = client(simulator);
    String before = client.post(CHAT, question("Who?")).text();
    assertThat(simulator.heldByDevice()).containsExactly(Map.entry(0, 10 * GIB));
    assertThat(sleeping(client)).isFalse();

    Answer slept = client.post("/sleep?level=1&mode=wait");
    assertThat(slept.status()).isEqualTo(200);
    assertThat(slept.body()).isEmpty();
    assertThat(simulator.heldByDevice()).containsExactly(Map.entry(0, GIB));
    assertThat(simulator.hostBytes()).isEqualTo(6 * GIB);
    assertThat(sleeping(client)).isTrue();
    assertThat(sleepState(client)).isEqualTo("weights_offloaded");
    assertThat(client.get("/health").status()).isEqualTo(200);

    assertThat(client.post("/wake_up").body()).isEmpty();
    assertThat(simulator.heldByDevice()).containsExactly(Map.entry(0, 10 * GIB));
    assertThat(simulator.hostBytes()).isZero();
    assertThat(sleeping(client)).isFalse();
    assertThat(sleepState(client)).isEqualTo("awake");
    assertThat(client.post(CHAT, question("Who?")).text()).isEqualTo(before);
  }

  @Test
  void levelTwoNeedsItsWeightsReloadedOrTalksGarbageWithStatus200() throws Exception {
    SimulatedVllm simulator = start(sized());
    Client client = client(simulator);
    String before = client.post(CHAT, question("Who?")).text();
    client.post("/sleep?level=2");
    assertThat(simulator.hostBytes()).isZero();
    assertThat(sleepState(client)).isEqualTo("discard_all");

    assertThat(client.post("/wake_up?tags=weights").status()).isEqualTo(200);
    assertThat(sleeping(client)).isTrue();
    assertThat(simulator.heldByDevice()).containsExactly(Map.entry(0, 7 * GIB));
    client.post("/wake_up?tags=kv_cache");
    assertThat(sleeping(client)).isFalse();
    Answer garbage = client.post(CHAT, question("Who?"));
    assertThat(garbage.status()).isEqualTo(200);
    assertThat(garbage.text()).matches("!+");

    assertThat(client.post("/collective_rpc", Map.of("method", "reload_weights")).status())
        .isEqualTo(200);
    assertThat(client.post("/reset_prefix_cache").status()).isEqualTo(200);
    assertThat(client.post(CHAT, question("Who?")).text()).isEqualTo(before);
  }

  @Test
  void tagsPutOnePartToSleep() throws Exception {
    SimulatedVllm simulator = start(sized());
    Client client = client(simulator);
    client.post("/sleep?tags=kv_cache");
    assertThat(simulator.heldByDevice()).containsExactly(Map.entry(0, 7 * GIB));
    assertThat(simulator.hostBytes()).isZero();
    assertThat(sleeping(client)).isTrue();
    client.post("/sleep?tags=weights");
    assertThat(simulator.heldByDevice()).containsExactly(Map.entry(0, GIB));
    assertThat(simulator.hostBytes()).isEqualTo(6 * GIB);
    client.post("/wake_up");
    assertThat(simulator.heldByDevice()).containsExactly(Map.entry(0, 10 * GIB));
    assertThat(client.post("/sleep?tags=everything").status()).isEqualTo(400);
  }

  @Test
  void severalDevicesShareTheWeights() throws Exception {
    SimulatedVllm simulator = start(sized().set(Knobs.DEVICES, "1,3"));
    Client client = client(simulator);
    client.post("/sleep?level=2");
    client.post("/wake_up?tags=weights");
    assertThat(simulator.heldByDevice()).containsOnly(Map.entry(1, 4 * GIB), Map.entry(3, 4 * GIB));
  }

  @Test
  void requestsThatComeWhileAsleepAreParkedUntilTheWake() throws Exception {
    SimulatedVllm simulator = start(sized());
    Client client = client(simulator);
    client.post("/sleep");
    CompletableFuture<Answer> parked = later(client, CHAT, question("Wake me"));
    Eventually.isTrue("it is parked", () -> simulator.waiting() == 1);
    try (Socket leaving = client.leaveLater(CHAT, question("Too long"))) {
      Eventually.isTrue("another is parked", () -> simulator.waiting() == 2);
      assertThat(leaving.isConnected()).isTrue();
    }
    Eventually.isTrue("and has left", () -> simulator.waiting() == 1);
    assertThat(parked).isNotDone();
    client.post("/wake_up");
    assertThat(parked.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
  }

  @Test
  void requestsInFlightAreAbortedFinishedOrKeptAsTheModeSays() throws Exception {
    SimulatedVllm simulator =
        start(sized().with(Knobs.ITL, Duration.ofMillis(20)).with(Knobs.ANSWER_TOKENS, 25));
    Client client = client(simulator);
    String whole = client.post(CHAT, question("Speak")).text();

    CompletableFuture<Answer> aborted = later(client, CHAT, question("Speak"));
    Eventually.isTrue("it runs", () -> simulator.running() == 1);
    client.post("/sleep?mode=abort");
    assertThat(aborted.get(20, TimeUnit.SECONDS).finishReason()).isEqualTo("abort");
    client.post("/wake_up");

    CompletableFuture<Answer> finished = later(client, CHAT, question("Speak"));
    Eventually.isTrue("it runs", () -> simulator.running() == 1);
    CompletableFuture<Answer> sleep = later(client, "/sleep?mode=wait");
    assertThat(finished.get(20, TimeUnit.SECONDS).text()).isEqualTo(whole);
    assertThat(sleep.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
    client.post("/wake_up");

    CompletableFuture<Answer> kept = later(client, CHAT, question("Speak"));
    Eventually.isTrue("it runs", () -> simulator.running() == 1);
    client.post("/sleep?mode=keep");
    assertThat(sleeping(client)).isTrue();
    client.post("/wake_up");
    assertThat(kept.get(20, TimeUnit.SECONDS).text()).isEqualTo(whole);
  }

  @Test
  void transitionsTakeFixedTimeAndTimeByTheByte() throws Exception {
    SimulatedVllm simulator =
        start(
            sized()
                .with(Knobs.SLEEP_RATE, 60 * GIB)
                .with(Knobs.FIRST_SLEEP_TIME, Duration.ofMillis(300))
                .with(Knobs.WAKE_TIME, Duration.ofMillis(50))
                .with(Knobs.WAKE_RATE, 60 * GIB));
    Client client = client(simulator);
    assertThat(time(client, "/sleep")).isGreaterThanOrEqualTo(Duration.ofMillis(400));
    assertThat(time(client, "/wake_up")).isGreaterThanOrEqualTo(Duration.ofMillis(150));
    assertThat(time(client, "/sleep"))
        .isGreaterThanOrEqualTo(Duration.ofMillis(100))
        .isLessThan(Duration.ofMillis(400));
  }

  private static Duration time(Client client, String path) throws Exception {
    long began = System.nanoTime();
    client.post(path);
    return Duration.ofNanos(System.nanoTime() - began);
  }

  @Test
  void aWakeWithoutRoomFailsAndTakesTheEngineDown(@TempDir Path folder) throws Exception {
    SimulatorConfig shared = sized().with(Knobs.LEDGER, folder.resolve("gpus").toString());
    SimulatedVllm first = start(shared);
    Client one = client(first);
    one.post("/sleep");
    GpuLedgerFile ledger = new GpuLedgerFile(folder.resolve("gpus"));
    assertThat(ledger.usedBytes(0)).isEqualTo(GIB);
    SimulatedVllm second = start(shared.with(Knobs.GPU_MEMORY_UTILIZATION, 0.9));
    assertThat(ledger.usedBytes(0)).isEqualTo(19 * GIB);

    Answer refused = one.post("/wake_up");
    assertThat(refused.status()).isEqualTo(500);
    assertThat(refused.error().requiredText("message")).contains("out of memory");
    assertThat(one.get("/health").status()).isEqualTo(503);
    assertThat(one.post(CHAT, question("Hello")).status()).isEqualTo(500);
    assertThat(ledger.usedBytes(0)).isEqualTo(18 * GIB);
    second.close();
    assertThat(ledger.usedBytes(0)).isZero();
  }

  @Test
  void withoutDevelopmentModeThereAreNoSleepRoutes() throws Exception {
    Client client = client(start(config().with(Knobs.DEV_MODE, false)));
    assertThat(client.post("/sleep").status()).isEqualTo(404);
    assertThat(client.post("/wake_up").status()).isEqualTo(404);
    assertThat(client.get("/is_sleeping").status()).isEqualTo(404);
    assertThat(client.post("/collective_rpc", Map.of("method", "x")).status()).isEqualTo(404);
    assertThat(client.post("/reset_prefix_cache").status()).isEqualTo(404);
    assertThat(client.post(CHAT, with(question("Hi"), "max_tokens", 1)).status()).isEqualTo(200);
  }

  @Test
  void aLevelThatIsNoNumberIsAnInternalError() throws Exception {
    Client client = client(start(config()));
    assertThat(client.post("/sleep?level=deep").status()).isEqualTo(500);
    assertThat(client.post("/sleep?level=0").status()).isEqualTo(200);
    assertThat(sleeping(client)).isTrue();
    client.post("/wake_up");
    assertThat(sleeping(client)).isFalse();
  }
}
