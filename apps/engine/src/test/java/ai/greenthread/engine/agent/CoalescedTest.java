package ai.greenthread.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CoalescedTest {
  private final AtomicInteger begun = new AtomicInteger();

  @Test
  void whoAsksOneAfterTheOtherGetsFreshWorkEachTime() throws Exception {
    var work = new Coalesced<>(begun::incrementAndGet);

    assertThat(List.of(work.get(), work.get(), work.get())).containsExactly(1, 2, 3);
  }

  @Test
  void whoAsksWhileWorkIsUnderWayGetsTheNextAndSharesIt() throws Exception {
    var first = new CountDownLatch(1);
    var allowed = new Semaphore(0);
    var work =
        new Coalesced<>(() -> {
          int number = begun.incrementAndGet();
          first.countDown();
          allowed.acquire();
          return number;
        });
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> early = threads.submit(work::get);
      first.await();
      var asking = new AtomicInteger();
      List<Future<Integer>> late = new ArrayList<>();
      List<Thread> askers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        late.add(
            threads.submit(() -> {
              synchronized (askers) {
                askers.add(Thread.currentThread());
              }
              asking.incrementAndGet();
              return work.get();
            }));
      }
      // All of them wait for the result once none of them runs any more.
      while (asking.get() < 100 || askers.stream().anyMatch(CoalescedTest::runs)) {
        Thread.onSpinWait();
      }
      allowed.release(2);

      assertThat(early.get()).isEqualTo(1);
      for (Future<Integer> each : late) {
        assertThat(each.get()).isEqualTo(2);
      }
    }
    assertThat(begun).hasValue(2);
  }

  private static boolean runs(Thread thread) {
    return thread.getState() != Thread.State.WAITING;
  }

  @Test
  void workThatFailsFailsForThoseWhoAskedAndNotForTheNext() throws Exception {
    var work =
        new Coalesced<>(() -> {
          if (begun.incrementAndGet() == 1) {
            throw new IllegalStateException("the driver is gone");
          }
          return "measured";
        });

    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(work::get)
        .withStackTraceContaining("the driver is gone");
    assertThat(work.get()).isEqualTo("measured");
  }
}
