package ai.greenthread.http.sidecar;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.Sidecar;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets an operator's order wait for the state it aims at. Safe for use by several threads. */
public final class Orders implements SidecarListener {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();

  /**
   * What came of an order.
   *
   * @param before state in which the order was given
   * @param after state now
   * @param took how long it took
   * @param timedOut {@code after} is not what was aimed at
   */
  public record Outcome(State before, State after, Duration took, boolean timedOut) {}

  @Override
  public void stepped(ReplicaId replica, State before, Event event, State after, Instant now) {
    if (!before.getClass().equals(after.getClass())) {
      lock.lock();
      try {
        moved.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public void refused(ReplicaId replica, Refusal refusal) {
    // Orders are no requests.
  }

  /**
   * Gives the order unless the aim is reached already; ends early where the replica fails. A
   * replica that is in the middle of something else does not hear an order, so it is given again
   * with every look.
   */
  public Outcome await(
      Sidecar sidecar, Runnable order, Class<? extends State> aim, Duration patience)
      throws InterruptedException {
    State before = sidecar.status().state();
    long start = System.nanoTime();
    State now = before;
    long left = patience.toNanos();
    lock.lock();
    try {
      while (left > 0 && !aim.isInstance(now) && !hasFailedSince(before, now)) {
        order.run();
        // The signal may come between two looks; the short wait makes up for it.
        moved.awaitNanos(Math.min(left, LOOK_AGAIN.toNanos()));
        left = patience.toNanos() - (System.nanoTime() - start);
        now = sidecar.status().state();
      }
      return new Outcome(
          before, now, Duration.ofNanos(System.nanoTime() - start), !aim.isInstance(now));
    } finally {
      lock.unlock();
    }
  }

  private static boolean hasFailedSince(State before, State now) {
    return now instanceof State.Failed && now.generation() > before.generation();
  }
}
