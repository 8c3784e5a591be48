package ai.greenthread.http.runtime;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks after a server whose end no process handle tells, by its health path; two failures in a row
 * count as its death. Probing never wakes a server.
 */
final class HealthWatch {
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final int PATIENCE = 2;

  private final Probe probe;
  private final AtomicReference<@Nullable Thread> watcher = new AtomicReference<>();

  /** One look; empty when alive. */
  @FunctionalInterface
  interface Probe {
    Optional<String> probe() throws InterruptedException;
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
    int failures = 0;
    try {
      while (watcher.get() == Thread.currentThread()) {
        Thread.sleep(PERIOD);
        Optional<String> problem = probe.probe();
        failures = problem.isPresent() ? failures + 1 : 0;
        if (failures >= PATIENCE && watcher.compareAndSet(Thread.currentThread(), null)) {
          onDeath.accept(problem.orElse("the server is not healthy"));
        }
      }
    } catch (InterruptedException e) {
      // The server sleeps, ends or is watched anew.
      return;
    }
  }
}
