package ai.greenthread.scheduling.sidecar;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.InMemoryLedger;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.policy.DocumentedPolicy;
import ai.greenthread.scheduling.policy.Verdict;
import ai.greenthread.scheduling.policy.WakePolicy;
import ai.greenthread.scheduling.runtime.HostLink;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.Measurements;
import ai.greenthread.scheduling.runtime.RuntimeCapabilities;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcedureRunnerTest {
  private static final Instant FAR = at(1_000);

  private final BlockingQueue<Event> replies = new LinkedBlockingQueue<>();
  private final BlockingQueue<Throwable> bugs = new LinkedBlockingQueue<>();
  private final Slow runtime = new Slow();
  private volatile WakePolicy policy = new DocumentedPolicy();
  private final InMemoryLedger store = new InMemoryLedger();
  private final ProcedureRunner runner = runner();

  private ProcedureRunner runner() {
    store.add(gpu(0), gib(80));
    var ledger = new Ledger(store, replica("a"), List.of(gpu(0)), () -> T0, () -> {});
    ledger.enrol(1, false, seconds(1));
    var procedures =
        new Procedures(
            replica("a"),
            Fairness.DEFAULT,
            _ -> gib(40),
            seconds(60),
            new Procedures.Parts(
                ledger,
                (devices, waiter, now) -> policy.decide(devices, waiter, now),
                runtime,
                HostLink.WIDE,
                new Nothing()),
            () -> T0,
            _ -> LockSupport.parkNanos(1_000));
    return new ProcedureRunner(procedures, task -> Thread.ofVirtual().start(task), bugs::add);
  }

  private static final class Nothing implements Measurements {
    @Override
    public Optional<Bytes> servingMemoryPerGpu(ReplicaId replica) {
      return Optional.empty();
    }

    @Override
    public void recordServingMemoryPerGpu(ReplicaId replica, Bytes measured) {}
  }

  /** Its wake never ends by itself, and it minds an interrupt only a while later. */
  private static final class Slow implements InferenceRuntime {
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicInteger collisions = new AtomicInteger();
    private final CountDownLatch waking = new CountDownLatch(1);

    private void enter() {
      if (working.incrementAndGet() > 1) {
        collisions.incrementAndGet();
      }
    }

    @Override
    public RuntimeCapabilities capabilities() {
      return new RuntimeCapabilities(true, false);
    }

    @Override
    public URI endpoint() {
      return URI.create("http://127.0.0.1:1");
    }

    @Override
    public void wake(List<GpuId> devices, Duration limit) throws InterruptedException {
      enter();
      try {
        waking.countDown();
        new CountDownLatch(1).await();
      } finally {
        for (int i = 0; i < 100; i++) {
          LockSupport.parkNanos(1_000);
        }
        working.decrementAndGet();
      }
    }

    @Override
    public void sleep(Duration limit) throws RuntimeFailure {
      throw new IllegalStateException("a bug");
    }

    @Override
    public void stop(Duration limit) {
      enter();
      working.decrementAndGet();
    }

    @Override
    public Optional<String> probe() {
      return Optional.empty();
    }

    @Override
    public OptionalInt inFlight() {
      return OptionalInt.empty();
    }

    @Override
    public Map<GpuId, Bytes> footprint() {
      return Map.of();
    }

    @Override
    public Optional<String> canary(Duration limit) {
      return Optional.empty();
    }

    @Override
    public void onDeath(Consumer<String> listener) {}
  }

  private Event reply() throws InterruptedException {
    Event reply = replies.poll(30, TimeUnit.SECONDS);
    assertThat(reply).as("a reply in time").isNotNull();
    return reply == null ? new Event.Tick() : reply;
  }

  @Test
  void aNewerTransitionInterruptsTheOlderAndBeginsWhenThatHasEnded() throws InterruptedException {
    runner.run(new Effect.Wake(2, FAR), replies::add);
    runtime.waking.await();

    runner.run(new Effect.Stop(3, FAR), replies::add);

    assertThat(reply()).isEqualTo(new Event.StopVerified(3, Map.of()));
    assertThat(runtime.collisions).hasValue(0);
    assertThat(replies).isEmpty();
  }

  @Test
  void onlyTheNewestOfThoseThatWaitIsDone() throws InterruptedException {
    runner.run(new Effect.Wake(2, FAR), replies::add);
    runtime.waking.await();
    for (long generation = 3; generation <= 20; generation++) {
      runner.run(new Effect.Stop(generation, FAR), replies::add);
    }

    Event last = reply();
    while (!last.equals(new Event.StopVerified(20, Map.of()))) {
      last = reply();
    }
    assertThat(runtime.collisions).hasValue(0);
  }

  @Test
  void questionsToTheLedgerFollowOneAnotherAndDoNotWaitForTheServer() throws InterruptedException {
    var asking = new AtomicInteger();
    var collisions = new AtomicInteger();
    var first = new CountDownLatch(1);
    policy =
        (_, _, now) -> {
          if (asking.incrementAndGet() > 1) {
            collisions.incrementAndGet();
          }
          first.countDown();
          for (int i = 0; i < 100; i++) {
            LockSupport.parkNanos(1_000);
          }
          asking.decrementAndGet();
          return new Verdict.WaitUntil(now, "behind b");
        };
    runner.run(new Effect.Wake(2, FAR), replies::add);
    runtime.waking.await();

    runner.run(new Effect.Acquire(2, T0), replies::add);
    first.await();
    runner.run(new Effect.Acquire(2, T0), replies::add);
    runner.run(new Effect.Withdraw(3), replies::add);

    Event last = reply();
    while (!last.equals(new Event.Released(3))) {
      last = reply();
    }
    assertThat(collisions).hasValue(0);
    runner.run(new Effect.Stop(4, FAR), replies::add);
    reply();
  }

  @Test
  void whatNoProcedureExpectsIsReportedAndTheNextTransitionStillRuns() throws InterruptedException {
    runner.run(new Effect.Sleep(2, FAR), replies::add);

    assertThat(bugs.poll(30, TimeUnit.SECONDS)).hasMessage("a bug");
    assertThat(reply()).isInstanceOf(Event.SleepFailed.class);
    runner.run(new Effect.Stop(3, FAR), replies::add);
    assertThat(reply()).isInstanceOf(Event.StopVerified.class);
  }
}
