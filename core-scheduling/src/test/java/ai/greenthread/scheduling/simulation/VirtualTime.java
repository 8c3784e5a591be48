package ai.greenthread.scheduling.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Time that passes only from event to event, and the queue of what is going to happen. What happens
 * at one instant happens in the order in which it was arranged. The wall clock that the product
 * sees may jump; the order of events never does.
 */
final class VirtualTime {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final PriorityQueue<Appointment> queue =
      new PriorityQueue<>(
          Comparator.<Appointment>comparingLong(a -> a.at).thenComparingLong(a -> a.order));

  private long nanos;
  private long arranged;
  private long offset;
  private long lastJump = -1;

  /** Something that will happen unless it is cancelled. */
  static final class Appointment {
    private final long at;
    private final long order;
    private final String what;
    private final Object who;
    private @Nullable Runnable action;

    private Appointment(long at, long order, String what, Object who, Runnable action) {
      this.at = at;
      this.order = order;
      this.what = what;
      this.who = who;
      this.action = action;
    }

    @Override
    public String toString() {
      return who + " " + what;
    }

    void cancel() {
      action = null;
    }
  }

  /** Virtual nanoseconds since the beginning, without jumps. */
  long nanos() {
    return nanos;
  }

  /** What the product's clock shows. */
  Instant wall() {
    return START.plusNanos(nanos + offset);
  }

  InstantSource clock() {
    return this::wall;
  }

  /** Moves the wall clock, not the events. */
  void jump(Duration by) {
    offset += by.toNanos();
    lastJump = nanos;
  }

  /** The wall clock has jumped in this time. */
  boolean hasJumpedWithin(Duration time) {
    return lastJump >= 0 && nanos - lastJump <= time.toNanos();
  }

  /** How far the wall clock is from where it would be without jumps. */
  Duration offset() {
    return Duration.ofNanos(offset);
  }

  Appointment after(long delay, String what, Object who, Runnable action) {
    var appointment = new Appointment(nanos + Math.max(0, delay), arranged++, what, who, action);
    queue.add(appointment);
    return appointment;
  }

  Appointment after(Duration delay, String what, Object who, Runnable action) {
    return after(delay.toNanos(), what, who, action);
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Time of the next event; the queue must not be empty. */
  long next() {
    return queue.element().at;
  }

  /**
   * Lets the next event happen.
   *
   * @return what happened, for people, or null if it had been cancelled
   */
  @Nullable Appointment runNext() {
    Appointment next = queue.remove();
    Runnable action = next.action;
    if (action == null) {
      return null;
    }
    nanos = next.at;
    action.run();
    return next;
  }

  /** Moves on to a moment before which nothing happens any more. */
  void skipTo(long moment) {
    nanos = Math.max(nanos, moment);
  }
}
