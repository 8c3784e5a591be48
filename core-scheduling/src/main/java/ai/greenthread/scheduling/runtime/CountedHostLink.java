package ai.greenthread.scheduling.runtime;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets so many devices load at once, first come, first served. One that needs more than that loads
 * alone.
 */
public final class CountedHostLink implements HostLink {
  /** A wake that takes longer than this gains nothing from having the link for itself. */
  public static final Duration PATIENCE = Duration.ofSeconds(10);

  /** No host has more. */
  public static final int MOST_DEVICES = 64;

  private final int devicesAtOnce;
  private final Duration patience;
  private final Semaphore free;

  /**
   * @param devicesAtOnce at least one
   */
  public CountedHostLink(int devicesAtOnce) {
    this(devicesAtOnce, PATIENCE);
  }

  CountedHostLink(int devicesAtOnce, Duration patience) {
    if (devicesAtOnce < 1) {
      throw new IllegalArgumentException("one device at least has to load: " + devicesAtOnce);
    }
    this.devicesAtOnce = devicesAtOnce;
    this.patience = patience;
    this.free = new Semaphore(devicesAtOnce, true);
  }

  /**
   * A number of devices that may load at once, as somebody wrote it.
   *
   * @throws IllegalArgumentException unless it is from 1 to {@value #MOST_DEVICES}, or 0 for all
   */
  public static int require(int devicesAtOnce) {
    if (devicesAtOnce < 0 || devicesAtOnce > MOST_DEVICES) {
      throw new IllegalArgumentException(
          "GPUs that load at once are from 1 to "
              + MOST_DEVICES
              + ", or 0 for all; not "
              + devicesAtOnce);
    }
    return devicesAtOnce;
  }

  /** That of a host where so many devices may load at once; zero for as many as there are. */
  public static HostLink of(int devicesAtOnce) {
    return devicesAtOnce == 0 ? WIDE : new CountedHostLink(devicesAtOnce);
  }

  @Override
  public Duration patience() {
    return patience;
  }

  /** Devices that could begin to load now. */
  int free() {
    return free.availablePermits();
  }

  @Override
  public Pass enter(int devices) throws InterruptedException {
    int lanes = Math.min(devices, devicesAtOnce);
    if (!free.tryAcquire(lanes, patience.toNanos(), TimeUnit.NANOSECONDS)) {
      return () -> {};
    }
    var held = new AtomicBoolean(true);
    return () -> {
      if (held.compareAndSet(true, false)) {
        free.release(lanes);
      }
    };
  }
}
