package ai.greenthread.http.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.scheduling.runtime.HostLink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CountedHostLinkTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  private static CompletableFuture<HostLink.Pass> enter(HostLink link, int devices) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return link.enter(Instant.EPOCH, devices);
          } catch (InterruptedException e) {
            throw new CompletionException(e);
          }
        },
        task -> Thread.ofVirtual().start(task));
  }

  /** Devices of which weights were on the way at the same time, at most. */
  private static int mostAtOnce(HostLink link, int widest) throws Exception {
    var loading = new AtomicInteger();
    var most = new AtomicInteger();
    List<CompletableFuture<Void>> wakes = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int devices = 1 + i % widest;
      wakes.add(
          enter(link, devices)
              .thenAccept(pass -> {
                most.accumulateAndGet(loading.addAndGet(devices), Math::max);
                LockSupport.parkNanos(1_000);
                loading.addAndGet(-devices);
                pass.close();
              }));
    }
    CompletableFuture.allOf(wakes.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
    return most.get();
  }

  @Test
  void noMoreDevicesLoadAtOnceThanMay() throws Exception {
    assertThat(mostAtOnce(new CountedHostLink(3, LONG), 2)).isBetween(2, 3);
  }

  @Test
  void oneThatNeedsMoreThanMayLoadsAlone() throws Exception {
    var link = new CountedHostLink(2, LONG);
    HostLink.Pass all = link.enter(Instant.EPOCH, 8);
    assertThat(link.free()).isZero();
    CompletableFuture<HostLink.Pass> next = enter(link, 1);
    all.close();
    next.get(30, TimeUnit.SECONDS).close();
    assertThat(link.free()).isEqualTo(2);
  }

  @Test
  void whoHasWaitedLongEnoughGoesAndGivesBackNothingThatItHasNot() throws Exception {
    var link = new CountedHostLink(1, Duration.ZERO);
    HostLink.Pass first = link.enter(Instant.EPOCH, 1);
    link.enter(Instant.EPOCH, 1).close();
    assertThat(link.free()).isZero();
    first.close();
    assertThat(link.free()).isEqualTo(1);
  }

  @Test
  void aPassThatIsClosedTwiceCountsOnce() throws Exception {
    var link = new CountedHostLink(2, LONG);
    HostLink.Pass pass = link.enter(Instant.EPOCH, 1);
    HostLink.Pass other = link.enter(Instant.EPOCH, 1);
    pass.close();
    pass.close();
    assertThat(link.free()).isEqualTo(1);
    other.close();
    assertThat(link.free()).isEqualTo(2);
  }

  @Test
  void whoHasWaitedLongestForItsModelIsNext() throws Exception {
    var link = new CountedHostLink(1, LONG);
    HostLink.Pass first = link.enter(Instant.EPOCH, 1);
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    List<CompletableFuture<Void>> wakes = new ArrayList<>();
    for (int since : new int[] {3, 1, 2}) {
      int before = link.waiting();
      wakes.add(
          CompletableFuture.runAsync(
              () -> {
                try (HostLink.Pass _ = link.enter(Instant.ofEpochSecond(since), 1)) {
                  order.add(since);
                } catch (InterruptedException e) {
                  throw new CompletionException(e);
                }
              },
              task -> Thread.ofVirtual().start(task)));
      while (link.waiting() == before) {
        LockSupport.parkNanos(100_000);
      }
    }
    first.close();
    CompletableFuture.allOf(wakes.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
    assertThat(order).containsExactly(1, 2, 3);
  }

  @Test
  void whoIsInterruptedLeavesTheLine() throws Exception {
    var link = new CountedHostLink(1, LONG);
    HostLink.Pass first = link.enter(Instant.EPOCH, 1);
    var ended = new CompletableFuture<Boolean>();
    Thread waiter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                link.enter(Instant.EPOCH, 1).close();
                ended.complete(false);
              } catch (InterruptedException e) {
                ended.complete(true);
              }
            });
    while (link.waiting() == 0) {
      LockSupport.parkNanos(100_000);
    }
    waiter.interrupt();
    assertThat(ended.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(link.waiting()).isZero();
    first.close();
    assertThat(link.free()).isEqualTo(1);
  }

  @Test
  void aWideLinkKeepsNobodyWaiting() throws Exception {
    HostLink link = CountedHostLink.of(0);
    assertThat(link.patience()).isZero();
    for (int i = 0; i < 1_000; i++) {
      assertThat(link.enter(Instant.EPOCH, 8)).isNotNull();
    }
  }

  @Test
  void numbersThatMeanNothingAreRefused() {
    assertThatThrownBy(() -> HostLink.require(-1))
        .hasMessage("GPUs that load at once are from 1 to 64, or 0 for all; not -1");
    assertThatThrownBy(() -> HostLink.require(65)).hasMessageContaining("not 65");
    assertThat(HostLink.require(0)).isZero();
    assertThat(HostLink.require(64)).isEqualTo(64);
  }
}
