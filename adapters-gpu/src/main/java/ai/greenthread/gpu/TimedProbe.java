package ai.greenthread.gpu;

import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuProbe;
import ai.greenthread.domain.gpu.GpuProcesses;
import ai.greenthread.domain.gpu.GpuReading;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A probe whose native calls may hang. They are made one after the other on a thread of their own,
 * so that they hold up no carrier of virtual threads, and nobody waits longer than the limit: a
 * driver that does not answer is a device that cannot be used. The thread does not keep the process
 * alive.
 */
final class TimedProbe implements GpuProbe {
  /** More callers than this at once are told that the driver does not keep up. */
  private static final int MOST_WAITING = 256;

  private final GpuProbe probe;
  private final GpuInventory inventory;
  private final Duration limit;
  private final ThreadPoolExecutor driver;

  /**
   * @param limit how long a call may take, the wait for those before it included
   */
  TimedProbe(GpuProbe probe, Duration limit) {
    this.probe = probe;
    this.inventory = probe.inventory();
    this.limit = limit;
    this.driver =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().daemon().name("gpu-driver").factory());
  }

  @Override
  public GpuInventory inventory() {
    return inventory;
  }

  @Override
  public GpuReading read(GpuId gpu) {
    return inTime(() -> probe.read(gpu), why -> GpuReading.unread(new GpuHealth.Unhealthy(why)));
  }

  @Override
  public GpuProcesses processes(GpuId gpu) {
    return inTime(() -> probe.processes(gpu), GpuProcesses::unread);
  }

  @Override
  public void close() {
    inTime(
        () -> {
          probe.close();
          return true;
        },
        _ -> false);
    driver.shutdown();
  }

  private <T> T inTime(Supplier<T> call, Function<String, T> otherwise) {
    Future<T> answer;
    try {
      answer = driver.submit(call::get);
    } catch (RejectedExecutionException e) {
      return otherwise.apply(
          driver.isShutdown() ? "the driver is no longer in use" : "the driver does not keep up");
    }
    try {
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      answer.cancel(false);
      return otherwise.apply(
          "the driver did not answer within %s s; it may be stuck"
              .formatted(limit.toMillis() / 1000.0));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw wrong;
      }
      return otherwise.apply("the driver cannot be asked: " + e.getCause());
    } catch (InterruptedException e) {
      answer.cancel(false);
      Thread.currentThread().interrupt();
      return otherwise.apply("interrupted while waiting for the driver");
    }
  }
}
