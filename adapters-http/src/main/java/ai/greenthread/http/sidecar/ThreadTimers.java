package ai.greenthread.http.sidecar;

import ai.greenthread.scheduling.sidecar.Timers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** All appointments of the engine on one thread, which only hands them on. */
public final class ThreadTimers implements Timers, AutoCloseable {
  private final InstantSource clock;
  private final ScheduledThreadPoolExecutor timers;

  public ThreadTimers(InstantSource clock) {
    this.clock = clock;
    this.timers =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("timers").factory());
    timers.setRemoveOnCancelPolicy(true);
    timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public Timer at(Instant due, Runnable action) {
    Duration left = Duration.between(clock.instant(), due);
    long nanos = left.isNegative() ? 0 : left.toNanos();
    ScheduledFuture<?> appointment = timers.schedule(action, nanos, TimeUnit.NANOSECONDS);
    return () -> appointment.cancel(false);
  }

  @Override
  public void close() {
    timers.shutdownNow();
  }
}
