package ai.greenthread.http.sidecar;

import ai.greenthread.scheduling.runtime.HostLink;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets so many devices load at once, in the order of their tickets. One that needs more than that
 * loads alone, and whoever is next in line is not passed by who would fit beside those that load.
 */
public final class CountedHostLink implements HostLink {
  private final int devicesAtOnce;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final PriorityQueue<Waiter> waiting =
      new PriorityQueue<>(
          Comparator.comparing((Waiter waiter) -> waiter.since)
              .thenComparingLong(waiter -> waiter.order));
  private long order;
  private int free;

  private static final class Waiter {
    final Instant since;
    final long order;
    final int lanes;
    final Condition letIn;
    boolean in;

    Waiter(Instant since, long order, int lanes, Condition letIn) {
      this.since = since;
      this.order = order;
      this.lanes = lanes;
      this.letIn = letIn;
    }
  }

  /**
   * @param devicesAtOnce at least one
   */
  public CountedHostLink(int devicesAtOnce) {
    this(devicesAtOnce, PATIENCE);
  }

  /**
   * @param devicesAtOnce at least one
   * @param patience longest wait
   */
  public CountedHostLink(int devicesAtOnce, Duration patience) {
    if (devicesAtOnce < 1) {
      throw new IllegalArgumentException("one device at least has to load: " + devicesAtOnce);
    }
    this.devicesAtOnce = devicesAtOnce;
    this.patience = patience;
    this.free = devicesAtOnce;
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
  public int free() {
    lock.lock();
    try {
      return free;
    } finally {
      lock.unlock();
    }
  }

  /** Who waits, of those who are not let in yet. */
  public int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Pass enter(Instant since, int devices) throws InterruptedException {
    lock.lock();
    try {
      var self = new Waiter(since, order++, Math.min(devices, devicesAtOnce), lock.newCondition());
      waiting.add(self);
      letIn();
      boolean decided = false;
      try {
        long left = patience.toNanos();
        while (!self.in && left > 0) {
          left = self.letIn.awaitNanos(left);
        }
        decided = true;
      } finally {
        if (!decided && self.in) {
          free += self.lanes;
        }
        waiting.remove(self);
        letIn();
      }
      return self.in ? pass(self.lanes) : () -> {};
    } finally {
      lock.unlock();
    }
  }

  private Pass pass(int lanes) {
    var held = new AtomicBoolean(true);
    return () -> {
      if (held.compareAndSet(true, false)) {
        lock.lock();
        try {
          free += lanes;
          letIn();
        } finally {
          lock.unlock();
        }
      }
    };
  }

  /** Under the lock. */
  private void letIn() {
    while (!waiting.isEmpty() && waiting.element().lanes <= free) {
      Waiter next = waiting.remove();
      free -= next.lanes;
      next.in = true;
      next.letIn.signal();
    }
  }
}
