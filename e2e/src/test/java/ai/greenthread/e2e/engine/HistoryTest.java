package ai.greenthread.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.e2e.history.Checker;
import ai.greenthread.e2e.history.ClientHistory;
import ai.greenthread.e2e.history.Fault;
import ai.greenthread.e2e.history.History;
import ai.greenthread.e2e.history.HistoryFiles;
import ai.greenthread.e2e.history.Planted;
import ai.greenthread.e2e.history.Seen;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * 40 clients ask three models for a while, on a device that holds one or two of them, while a
 * random process, the engine among them, is killed every few seconds. What all of them wrote is
 * then checked: no request was lost, doubled, or answered by a model that was not serving. {@code
 * -Dhistory.seconds}, {@code -Dhistory.kill.seconds} and {@code -Dhistory.seed} change the run; its
 * files stay in {@code e2e/target/history} until the next clean build.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HistoryTest {
  private static final int CLIENTS = 40;
  private static final int SECONDS = Integer.getInteger("history.seconds", 40);
  private static final int KILL_SECONDS = Integer.getInteger("history.kill.seconds", 6);
  private static final long SEED = Long.getLong("history.seed", System.nanoTime());

  /** Two of the models with 8-bit weights fit together, the one with 16 bits fits alone. */
  private static final String DEVICE = "240MiB";

  /** Longest pause of a client between two questions, in milliseconds. */
  private static final int PAUSE = 500;

  private History history = new History(List.of());

  @BeforeAll
  void run(@TempDir Path data) throws Exception {
    Path folder = Engine.ROOT.resolve("e2e/target/history/" + SEED);
    System.out.println("history: seed " + SEED + ", in " + folder);
    var random = new SplittableRandom(SEED);
    var calls = new AtomicInteger();
    var failed = new AtomicInteger();
    try (var clients = ClientHistory.in(folder, InstantSource.system());
        var gt =
            Engine.start(
                data.resolve("engine"),
                "--port=" + freePort(),
                "--virtual-gpu=" + DEVICE,
                "--history=" + folder);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
      var numbers = new AtomicLong();
      var work = new ArrayList<Future<?>>();
      for (int i = 0; i < CLIENTS; i++) {
        SplittableRandom own = random.split();
        var client = new RetryingClient(http, gt.proxy(), clients, numbers, own);
        Callable<Integer> asking =
            () -> {
              while (System.nanoTime() < end) {
                String model = Engine.DEMO.get(own.nextInt(Engine.DEMO.size()));
                calls.incrementAndGet();
                if (!client.ask(model, own.nextBoolean())) {
                  failed.incrementAndGet();
                }
                Thread.sleep(own.nextInt(PAUSE));
              }
              return calls.get();
            };
        work.add(threads.submit(asking));
      }
      var killer = new Killer(gt, clients, random.split());
      long pause = Duration.ofSeconds(KILL_SECONDS).toNanos();
      long next = System.nanoTime() + pause;
      while (next < end) {
        TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
        killer.killOne();
        next = Math.max(next + pause, System.nanoTime());
      }
      try {
        for (Future<?> each : work) {
          each.get(5, TimeUnit.MINUTES);
        }
      } finally {
        threads.shutdownNow();
      }
      System.out.println("history: " + killer);
    }
    history = HistoryFiles.read(folder);
    System.out.printf(
        "history: %d calls of %d clients in %d s, %d of them given up after their retries; %s%n",
        calls.get(), CLIENTS, SECONDS, failed.get(), counts());
    System.out.printf("history: longest wait for an answer %.2f s%n", longestWait());
  }

  private static int freePort() throws Exception {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Map<String, Integer> counts() {
    Map<String, Integer> counts = new TreeMap<>();
    for (Seen seen : history.all()) {
      String kind =
          seen instanceof Seen.Refused refused
              ? "Refused " + refused.status() + " " + refused.code()
              : seen.getClass().getSimpleName();
      counts.merge(kind, 1, Integer::sum);
    }
    return counts;
  }

  private double longestWait() {
    return history.all(Seen.Answered.class).stream()
        .mapToDouble(
            answer -> (answer.at() - history.sent(answer.request()).orElseThrow().at()) / 1e6)
        .max()
        .orElseThrow();
  }

  @Test
  void noRequestIsLostDoubledOrAnsweredByAModelThatWasNotServing() {
    assertThat(history.all(Seen.Answered.class)).hasSizeGreaterThan(CLIENTS);
    assertThat(history.all(Seen.Killed.class)).anyMatch(kill -> kill.model().isEmpty());
    assertThat(history.all(Seen.Killed.class)).anyMatch(kill -> !kill.model().isEmpty());
    assertThat(Checker.faults(history)).isEmpty();
  }

  @Test
  void onePlantedLossIsFound() {
    assertThat(rules(Planted.loss(history))).containsExactly("EveryRequestEndsOnce");
  }

  @Test
  void onePlantedDoubleIsFound() {
    assertThat(rules(Planted.doubled(history)))
        .contains("AnswersComeFromOneLife", "NothingIsBegunAgain");
  }

  @Test
  void oneAnswerByASleepingModelIsFound() {
    assertThat(rules(Planted.answerOfASleeper(history)))
        .containsExactly("OnlyServingModelsGetRequests");
  }

  /** Rules that what was planted breaks. */
  private List<String> rules(History planted) {
    List<Fault> before = Checker.faults(history);
    return Checker.faults(planted).stream()
        .filter(fault -> !before.contains(fault))
        .map(Fault::rule)
        .distinct()
        .toList();
  }
}
