package ai.greenthread.runtimes.simulated;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.runtimes.testing.Client;
import ai.greenthread.runtimes.testing.Client.Answer;
import ai.greenthread.runtimes.testing.Eventually;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Every way in which sleep and wake can be told to go wrong. */
class SleepFaultsTest extends SimulatorTest {
  private static final long AWAKE = (long) (0.9 * (24L << 30));
  private static final long ASLEEP = 512L << 20;

  private SimulatedVllm start(Knob<Occasions> knob, String when) throws Exception {
    return start(config().set(knob, when));
  }

  private static long held(SimulatedVllm simulator) {
    return simulator.heldByDevice().getOrDefault(0, -1L);
  }

  private static boolean says(Client client) throws Exception {
    return client.get("/is_sleeping").json().flag("is_sleeping", false);
  }

  @Test
  void aLyingSleepAnswers200AndFreesNothing() throws Exception {
    SimulatedVllm simulator = start(Knobs.SLEEP_LIES, "1");
    Client client = client(simulator);
    assertThat(client.post("/sleep").status()).isEqualTo(200);
    assertThat(says(client)).isTrue();
    assertThat(held(simulator)).isEqualTo(AWAKE);
    client.post("/wake_up");
    client.post("/sleep");
    assertThat(held(simulator)).isEqualTo(ASLEEP);
  }

  @Test
  void theSecondWakeFailsAndTheThirdWorks() throws Exception {
    SimulatedVllm simulator = start(Knobs.WAKE_FAILS, "2");
    Client client = client(simulator);
    client.post("/sleep");
    assertThat(client.post("/wake_up").status()).isEqualTo(200);
    client.post("/sleep");
    assertThat(client.post("/wake_up").status()).isEqualTo(500);
    assertThat(held(simulator)).isEqualTo(ASLEEP);
    assertThat(client.post("/wake_up").status()).isEqualTo(200);
    assertThat(held(simulator)).isEqualTo(AWAKE);
  }

  @Test
  void aSleepCanFail() throws Exception {
    SimulatedVllm simulator = start(Knobs.SLEEP_FAILS, "all");
    assertThat(client(simulator).post("/sleep").status()).isEqualTo(500);
    assertThat(simulator.asleep()).isFalse();
  }

  @Test
  void aHungWakeNeverAnswersAndHoldsUpTheNext() throws Exception {
    SimulatedVllm simulator = start(Knobs.WAKE_HANGS, "1");
    Client client = client(simulator);
    client.post("/sleep");
    CompletableFuture<Answer> hung = later(client, "/wake_up");
    CompletableFuture<Answer> next = later(client, "/wake_up");
    Eventually.isTrue("both have come", () -> simulator.control().wakes() == 2);
    assertThat(says(client)).isTrue();
    assertThat(hung).isNotDone();
    assertThat(next).isNotDone();
  }

  @Test
  void aHungSleepNeverAnswers() throws Exception {
    SimulatedVllm simulator = start(Knobs.SLEEP_HANGS, "1");
    CompletableFuture<Answer> hung = later(client(simulator), "/sleep");
    Eventually.isTrue("it has come", () -> simulator.control().sleeps() == 1);
    assertThat(hung).isNotDone();
    assertThat(simulator.asleep()).isFalse();
  }

  @Test
  void aLateWakeIsNotAwakeBeforeItsTime() throws Exception {
    SimulatedVllm simulator = start(config().with(Knobs.WAKE_TIME, Duration.ofMillis(400)));
    Client client = client(simulator);
    client.post("/sleep");
    CompletableFuture<Answer> late = later(client, "/wake_up");
    Eventually.isTrue("it has come", () -> simulator.control().wakes() == 1);
    assertThat(says(client)).isTrue();
    assertThat(late.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
    assertThat(says(client)).isFalse();
  }

  @Test
  void anEarlyWakeAnswersBeforeItIsAwake() throws Exception {
    SimulatedVllm simulator =
        start(config().with(Knobs.WAKE_EARLY, true).with(Knobs.WAKE_TIME, Duration.ofSeconds(2)));
    Client client = client(simulator);
    client.post("/sleep");
    assertThat(client.post("/wake_up").status()).isEqualTo(200);
    assertThat(says(client)).isTrue();
    Eventually.isTrue("it wakes later", () -> !says(client));
  }

  @Test
  void aWakeCanFindNoRoomAndSurviveOrLeak() throws Exception {
    SimulatedVllm simulator =
        start(
            config()
                .set(Knobs.WAKE_OOMS, "1")
                .with(Knobs.AFTER_OOM, Knobs.AfterOom.SURVIVE)
                .with(Knobs.OOM_LEAK, 0.25));
    Client client = client(simulator);
    client.post("/sleep");
    assertThat(client.post("/wake_up").error().requiredText("message")).contains("out of memory");
    assertThat(client.get("/health").status()).isEqualTo(200);
    assertThat(held(simulator)).isGreaterThan(ASLEEP).isLessThan(AWAKE);
    assertThat(client.post("/wake_up").status()).isEqualTo(200);
    assertThat(held(simulator)).isEqualTo(AWAKE);
  }

  @Test
  void aSleepOrAWakeCanCrashTheProcess() throws Exception {
    SimulatedVllm atSleep = start(Knobs.SLEEP_CRASHES, "1");
    assertThat(later(client(atSleep), "/sleep"))
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableOfType(ExecutionException.class);
    assertThat(atSleep.alive()).isFalse();
    assertThat(atSleep.crashReason()).hasValue("sleep 1");
    assertThat(held(atSleep)).isZero();

    SimulatedVllm atWake = start(Knobs.WAKE_CRASHES, "1");
    Client client = client(atWake);
    client.post("/sleep");
    assertThat(later(client, "/wake_up"))
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableOfType(ExecutionException.class);
    assertThat(atWake.alive()).isFalse();
  }

  @Test
  void aSleepCanAnswer200WhileTheEngineDies() throws Exception {
    SimulatedVllm simulator = start(Knobs.SLEEP_DIES, "1");
    Client client = client(simulator);
    assertThat(client.post("/sleep").status()).isEqualTo(200);
    assertThat(client.get("/health").status()).isEqualTo(503);
    assertThat(client.post(CHAT, question("Hello")).status()).isEqualTo(500);
  }

  @Test
  void aSleepWithRequestsInFlightCanKillTheEngine() throws Exception {
    SimulatedVllm simulator =
        start(config().with(Knobs.IN_FLIGHT_CRASH, true).with(Knobs.TTFT, Duration.ofSeconds(60)));
    Client client = client(simulator);
    CompletableFuture<Answer> flying = later(client, CHAT, question("Hello"));
    Eventually.isTrue("it runs", () -> simulator.running() == 1);
    assertThat(client.post("/sleep").status()).isEqualTo(200);
    assertThat(flying.get(20, TimeUnit.SECONDS).status()).isEqualTo(500);
    assertThat(client.get("/health").status()).isEqualTo(503);
  }

  @Test
  void requestsWhileAsleepCanBeAbortedOrCrash() throws Exception {
    SimulatedVllm aborting =
        start(config().with(Knobs.ASLEEP_REQUESTS, Knobs.AsleepRequests.ABORT));
    Client client = client(aborting);
    client.post("/sleep");
    assertThat(client.post(CHAT, question("Hello")).finishReason()).isEqualTo("abort");

    SimulatedVllm crashing =
        start(config().with(Knobs.ASLEEP_REQUESTS, Knobs.AsleepRequests.CRASH));
    Client other = client(crashing);
    other.post("/sleep");
    assertThat(later(other, CHAT, question("Hello")))
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableOfType(ExecutionException.class);
    assertThat(crashing.alive()).isFalse();
  }

  @Test
  void isSleepingCanLieAndBeLate() throws Exception {
    SimulatedVllm simulator = start(config());
    Client client = client(simulator);
    simulator.turn(Knobs.IS_SLEEPING, Knobs.SleepingAnswer.TRUE);
    assertThat(says(client)).isTrue();
    client.post("/sleep");
    simulator.turn(Knobs.IS_SLEEPING, Knobs.SleepingAnswer.FALSE);
    assertThat(says(client)).isFalse();
    simulator.turn(Knobs.IS_SLEEPING, Knobs.SleepingAnswer.TRUTH);
    assertThat(says(client)).isTrue();
    simulator.turn(Knobs.IS_SLEEPING_LAG, Duration.ofHours(1));
    assertThat(says(client)).isFalse();
  }
}
