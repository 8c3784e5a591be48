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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * 40 clients ask three models, on a device that holds one or two of them, while a random process,
 * the engine among them, is killed every few seconds. After the last kill every model must answer
 * again. What all of them wrote is then checked: no request was lost, doubled, or answered by a
 * model that was not serving. A run has two kills at least; {@code -Dhistory.seconds} makes it
 * longer, {@code -Dhistory.kill.seconds} is the time between kills and {@code -Dhistory.seed} draws
 * what is asked and killed. Its files stay in {@code e2e/target/history} until the next clean
 * build.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HistoryTest {
  private static final int CLIENTS = 40;
  private static final int SECONDS = Integer.getInteger("history.seconds", 10);
  private static final int KILL_SECONDS = Integer.getInteger("history.kill.seconds", 3);
  private static final long SEED = Long.getLong("history.seed", System.nanoTime());

  /** Two of the models with 8-bit weights fit together, the one with 16 bits fits alone. */
  private static final String DEVICE = "240MiB";

  /** How long a busy machine may take until models answer. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

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
      var asking = new AtomicBoolean(true);
      var answered = new ConcurrentHashMap<String, Long>();
      var numbers = new AtomicLong();
      var work = new ArrayList<Future<?>>();
      long begin = System.nanoTime();
      for (int i = 0; i < CLIENTS; i++) {
        SplittableRandom own = random.split();
        var client = new RetryingClient(http, gt.proxy(), clients, numbers, own);
        Callable<Integer> asks =
            () -> {
              while (asking.get()) {
                String model = Engine.DEMO.get(own.nextInt(Engine.DEMO.size()));
                long asked = System.nanoTime();
                if (client.ask(model, own.nextBoolean())) {
                  answered.merge(model, asked, Math::max);
                } else {
                  failed.incrementAndGet();
                }
                calls.incrementAndGet();
                Thread.sleep(own.nextInt(PAUSE));
              }
              return calls.get();
            };
        work.add(threads.submit(asks));
      }
      try {
        Engine.await("models take turns", PATIENCE, () -> answered.size() > 1);
        var killer = new Killer(gt, clients, random.split());
        killer.killUntil(
            begin + Duration.ofSeconds(SECONDS).toNanos(), Duration.ofSeconds(KILL_SECONDS));
        System.out.println("history: " + killer);
        long quiet = System.nanoTime();
        Engine.await(
            "every model answers again",
            PATIENCE,
            () ->
                Engine.DEMO.stream()
                    .allMatch(model -> answered.getOrDefault(model, begin) - quiet > 0));
        asking.set(false);
        for (Future<?> each : work) {
          each.get(5, TimeUnit.MINUTES);
        }
      } finally {
        threads.shutdownNow();
      }
    }
    history = HistoryFiles.read(folder);
    System.out.printf(
        "history: %d calls of %d clients in %d tries, %d calls given up after their retries; %s%n",
        calls.get(), CLIENTS, history.all(Seen.Sent.class).size(), failed.get(), counts());
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
