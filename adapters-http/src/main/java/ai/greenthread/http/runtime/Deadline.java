package ai.greenthread.http.runtime;

import java.time.Duration;

/**
 * When an operation of several calls has to be done, so that they share one limit.
 *
 * @param nanos on the scale of {@link System#nanoTime}
 */
record Deadline(long nanos) {
  static Deadline in(Duration limit) {
    return new Deadline(System.nanoTime() + limit.toNanos());
  }

  boolean passed() {
    return nanos - System.nanoTime() <= 0;
  }

  /** What is left, zero at least. */
  Duration left() {
    return Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
  }

  /** What is left, but no more than {@code most}. */
  Duration left(Duration most) {
    Duration left = left();
    return left.compareTo(most) < 0 ? left : most;
  }
}
