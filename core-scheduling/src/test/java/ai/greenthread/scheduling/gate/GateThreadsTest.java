package ai.greenthread.scheduling.gate;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gate's promises when many threads come and go while the writer opens, closes and cuts. */
@Timeout(60)
class GateThreadsTest {
  private static final int THREADS = 32;
  private static final int ROUNDS = 300;

  private static List<Thread> start(int count, Runnable body) {
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofVirtual().start(body));
    }
    return threads;
  }

  private static void join(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Test
  void eachClosingIsFollowedByExactlyOneReportOfTheDrainAndNobodyIsInThen()
      throws InterruptedException {
    var reports = new Semaphore(0);
    var gate = new RequestGate(() -> T0, 0, seconds(1), reports::release, () -> {});
    var inside = new AtomicInteger();
    var stop = new AtomicBoolean();
    List<Thread> visitors =
        start(
            THREADS,
            () -> {
              while (!stop.get()) {
                Pass pass = gate.tryPass();
                if (pass != null) {
                  inside.incrementAndGet();
                  LockSupport.parkNanos(1_000);
                  inside.decrementAndGet();
                  pass.close();
                }
                LockSupport.parkNanos(1_000);
              }
            });

    for (int round = 1; round <= ROUNDS; round++) {
      gate.open(round);
      LockSupport.parkNanos(1_000);
      gate.close();
      reports.acquire();
      assertThat(inside).hasValue(0);
      assertThat(gate.inFlight()).isZero();
      assertThat(reports.availablePermits()).isZero();
    }
    stop.set(true);
    join(visitors);
    assertThat(reports.availablePermits()).isZero();
  }

  @Test
  void aCutReachesEveryRequestThatCameInBeforeIt() throws InterruptedException {
    for (int round = 1; round <= ROUNDS; round++) {
      var gate = new RequestGate(() -> T0, 0, seconds(1), () -> {}, () -> {});
      gate.open(round);
      var cut = new AtomicInteger();
      var in = new AtomicInteger();
      var ready = new CountDownLatch(THREADS);
      List<Thread> visitors =
          start(
              THREADS,
              () -> {
                ready.countDown();
                Pass pass = gate.tryPass();
                if (pass != null) {
                  in.incrementAndGet();
                  pass.onCut(cut::incrementAndGet);
                }
              });
      ready.await();
      gate.close();
      gate.cut("crashed");
      join(visitors);

      assertThat(cut).as("round %d", round).hasValue(in.get());
      assertThat(gate.inFlight()).isEqualTo(in.get());
    }
  }

  @Test
  void theQueueHoldsNoMoreThanItMayHoweverManyKnockAtOnce() throws InterruptedException {
    var gate = new RequestGate(() -> T0, 10, seconds(1), () -> {}, () -> {});
    var admitted = new AtomicInteger();
    join(
        start(
            THREADS * 4,
            () -> gate.tryReserve(new Caller()).ifPresent(_ -> admitted.incrementAndGet())));

    assertThat(admitted).hasValue(10);
    assertThat(gate.queued()).isEqualTo(10);
  }

  @Test
  void aPassClosedByManyThreadsIsClosedOnce() throws InterruptedException {
    var drained = new AtomicInteger();
    var gate = new RequestGate(() -> T0, 0, seconds(1), drained::incrementAndGet, () -> {});
    gate.open(1);
    Pass pass = gate.tryPass();
    assertThat(pass).isNotNull();
    gate.close();

    if (pass != null) {
      join(start(THREADS, pass::close));
    }

    assertThat(drained).hasValue(1);
    assertThat(gate.inFlight()).isZero();
  }

  @Test
  void aRequestIsCutOnceWhetherTheCutOrItsListenerComesFirst() throws InterruptedException {
    for (int round = 0; round < ROUNDS; round++) {
      var gate = new RequestGate(() -> T0, 0, seconds(1), () -> {}, () -> {});
      gate.open(1);
      Pass pass = gate.tryPass();
      assertThat(pass).isNotNull();
      var cut = new AtomicInteger();
      if (pass != null) {
        List<Thread> both = start(1, () -> gate.cut("crashed"));
        pass.onCut(cut::incrementAndGet);
        join(both);
      }
      assertThat(cut).hasValue(1);
    }
  }
}
