package ai.greenthread.http.sidecar;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.Sidecar;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Lets an operator's order wait for what it aims at. Safe for use by several threads. */
public final class Orders implements SidecarListener {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final List<Waiter> waiters = new CopyOnWriteArrayList<>();

  /**
   * What came of an order.
   *
   * @param before state in which the order was given
   * @param after state that decided it, or the last one seen
   * @param took how long it took
   * @param timedOut what was aimed at was not reached, be it for want of time or by a failure
   */
  public record Outcome(State before, State after, Duration took, boolean timedOut) {}

  private enum Progress {
    GIVEN,
    HEARD,
    REACHED,
    HOPELESS
  }

  /** One order under way; its fields are guarded by {@code lock}. */
  private static final class Waiter {
    private final Class<? extends State> aim;
    private Progress progress = Progress.GIVEN;
    private @Nullable State last;

    Waiter(Class<? extends State> aim) {
      this.aim = aim;
    }

    void begin(State before) {
      last = before;
      if (aim.isInstance(before)) {
        progress = Progress.REACHED;
      }
    }

    boolean isOpen() {
      return progress == Progress.GIVEN || progress == Progress.HEARD;
    }

    void see(State before, Event event, State after) {
      if (!isOpen()) {
        return;
      }
      last = after;
      if (aim.isInstance(after) || isSleepInPassing(before, event, after)) {
        progress = Progress.REACHED;
      } else if (after instanceof State.Stopped || (!isDown() && hasFailed(after))) {
        progress = Progress.HOPELESS;
      } else if (isHearing(event, after)) {
        progress = Progress.HEARD;
      }
    }

    private boolean isDown() {
      return aim.equals(State.Sleeping.class) || aim.equals(State.Stopped.class);
    }

    /** Its memory went back; that a request at once asks for it again is another matter. */
    private boolean isSleepInPassing(State before, Event event, State after) {
      return aim.equals(State.Sleeping.class)
          && before instanceof State.Releasing
          && event instanceof Event.Released
          && !(after instanceof State.Deactivating);
    }

    private static boolean hasFailed(State after) {
      return after instanceof State.Failed
          || (after instanceof State.Releasing releasing
              && releasing.cause() == State.Cause.ABANDONED
              && !releasing.problem().isEmpty());
    }

    private boolean isHearing(Event event, State after) {
      if (isDown()) {
        return after instanceof State.Deactivating || after instanceof State.Releasing;
      }
      return event instanceof Event.WakeOrdered
          && (after instanceof State.Pending || after instanceof State.Waking);
    }
  }

  @Override
  public void stepped(ReplicaId replica, State before, Event event, State after, Instant now) {
    if (waiters.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      waiters.forEach(waiter -> waiter.see(before, event, after));
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void refused(ReplicaId replica, Refusal refusal) {
    // Orders are no requests.
  }

  /**
   * Gives the order unless the aim is reached already; ends early where it cannot be. A replica in
   * the middle of something else does not hear an order, so it is given again until it is heard,
   * and then no more: a model that is put to sleep while requests wait sleeps once, and wakes.
   *
   * @param aim {@code Serving}, {@code Sleeping} or {@code Stopped}
   */
  public Outcome await(
      Sidecar sidecar, Runnable order, Class<? extends State> aim, Duration patience)
      throws InterruptedException {
    long start = System.nanoTime();
    long left = patience.toNanos();
    lock.lock();
    try {
      var waiter = new Waiter(aim);
      waiters.add(waiter);
      try {
        // Looked at only now, so that no step is missed in between.
        State before = sidecar.status().state();
        waiter.begin(before);
        while (waiter.isOpen() && left > 0) {
          if (waiter.progress == Progress.GIVEN) {
            order.run();
          }
          moved.awaitNanos(Math.min(left, LOOK_AGAIN.toNanos()));
          left = patience.toNanos() - (System.nanoTime() - start);
        }
        return new Outcome(
            before,
            Objects.requireNonNullElse(waiter.last, before),
            Duration.ofNanos(System.nanoTime() - start),
            waiter.progress != Progress.REACHED);
      } finally {
        waiters.remove(waiter);
      }
    } finally {
      lock.unlock();
    }
  }
}
