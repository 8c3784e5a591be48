package ai.greenthread.engine.cluster;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Many clients that ask one request after the other and do as SDKs do: what broke off or was told
 * to come back is asked again, with growing pauses. A request that has no answer in the end is
 * lost.
 */
final class Crowd {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(4);

  private final Ask ask;
  private final List<Thread> clients = new ArrayList<>();
  private final ConcurrentLinkedQueue<Duration> waits = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();
  private final LongAdder repeated = new LongAdder();
  private final AtomicInteger number = new AtomicInteger();
  private volatile boolean stop;

  /** Sends one request. */
  @FunctionalInterface
  interface Ask {
    TestCluster.Reply of(int client, int request) throws IOException, InterruptedException;
  }

  Crowd(int clients, Ask ask) {
    this.ask = ask;
    for (int i = 0; i < clients; i++) {
      int client = i;
      this.clients.add(Thread.ofVirtual().name("client " + i).start(() -> live(client)));
    }
  }

  private void live(int client) {
    try {
      while (!stop) {
        request(client);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void request(int client) throws InterruptedException {
    int request = number.incrementAndGet();
    Instant began = Instant.now();
    Duration pause = FIRST_PAUSE;
    String last = "";
    while (Duration.between(began, Instant.now()).compareTo(PATIENCE) < 0) {
      try {
        TestCluster.Reply reply = ask.of(client, request);
        if (reply.status() == 200) {
          waits.add(Duration.between(began, Instant.now()));
          return;
        }
        last = reply.status() + " " + reply.body();
        if (reply.status() < 500 && reply.status() != 429) {
          break;
        }
      } catch (IOException e) {
        last = e.toString();
      }
      repeated.increment();
      Thread.sleep(pause);
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
    }
    lost.add("request " + request + " of client " + client + ": " + last);
  }

  /** Lets each client end its request. */
  void end() throws InterruptedException {
    stop = true;
    for (Thread client : clients) {
      client.join();
    }
  }

  /** Times from the first try to the answer, shortest first. */
  List<Duration> waits() {
    return waits.stream().sorted().toList();
  }

  /** Requests that never had an answer. */
  List<String> lost() {
    return List.copyOf(lost);
  }

  /** Tries beyond the first. */
  long repeated() {
    return repeated.sum();
  }
}
