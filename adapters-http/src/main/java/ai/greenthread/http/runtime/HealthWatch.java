package ai.greenthread.http.runtime;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks after a server whose end no process handle tells, by its health path; two answers in a row
 * that it is dead count as its death, and so does a silence of a minute: a server may be too busy
 * to answer, and a restart would cost everybody in it their answer. Probing never wakes a server.
 */
final class HealthWatch {
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final int DEAD_ANSWERS = 2;
  private static final Duration LONGEST_SILENCE = Duration.ofMinutes(1);

  private final Probe probe;
  private final AtomicReference<@Nullable Thread> watcher = new AtomicReference<>();

  /** One look. */
  @FunctionalInterface
  interface Probe {
    Health look() throws InterruptedException;
  }

  HealthWatch(Probe probe) {
    this.probe = probe;
  }

  void start(Consumer<String> onDeath) {
    Thread next = Thread.ofVirtual().name("health-watch").unstarted(() -> watch(onDeath));
    Thread before = watcher.getAndSet(next);
    if (before != null) {
      before.interrupt();
    }
    next.start();
  }

  void stop() {
    Thread before = watcher.getAndSet(null);
    if (before != null) {
      before.interrupt();
    }
  }

  private void watch(Consumer<String> onDeath) {
    int deaths = 0;
    long lastWord = System.nanoTime();
    try {
      while (watcher.get() == Thread.currentThread()) {
        Thread.sleep(PERIOD);
        Health health = probe.look();
        deaths = health instanceof Health.Dead ? deaths + 1 : 0;
        if (!(health instanceof Health.Silent)) {
          lastWord = System.nanoTime();
        }
        boolean hung = System.nanoTime() - lastWord > LONGEST_SILENCE.toNanos();
        if ((deaths >= DEAD_ANSWERS || hung)
            && watcher.compareAndSet(Thread.currentThread(), null)) {
          onDeath.accept(health.problem().orElse("the server is not healthy"));
        }
      }
    } catch (InterruptedException e) {
      // The server sleeps, ends or is watched anew.
      return;
    }
  }
}
