package ai.greenthread.http.relay;

import java.net.SocketTimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The wait of one thread for one socket's next bytes. Begins and ends without a timer: a timed read
 * of a socket costs a virtual thread several times what the read itself costs, so a {@link Lookout}
 * looks after all waits of a pool instead.
 *
 * <p>{@link #due} is the one word that thread and lookout agree by: whoever changes it first has
 * decided whether the wait ended in time.
 */
final class Wait {
  private static final long NOT_WAITING = Long.MIN_VALUE;
  private static final long TIMED_OUT = Long.MIN_VALUE + 1;

  /** Moment, in nanoseconds, at which the lookout has to do something; or one of the above. */
  private final AtomicLong due = new AtomicLong(NOT_WAITING);

  private final Lookout lookout;
  private final Runnable giveUp;
  private SilenceListener listener = SilenceListener.NONE;
  private Cancellation cancellation = new Cancellation();
  private long limitNanos;

  /**
   * @param giveUp ends the wait of the thread from outside, by closing its socket
   */
  Wait(Lookout lookout, Runnable giveUp) {
    this.lookout = lookout;
    this.giveUp = giveUp;
  }

  /** Who is told of silence in the waits that follow. */
  void by(SilenceListener newListener, Cancellation newCancellation) {
    listener = newListener;
    cancellation = newCancellation;
  }

  /** Begins; {@link #end} follows in any case. */
  void begin(long limitMillis) {
    long now = lookout.now();
    limitNanos = now + Math.max(1, limitMillis) * 1_000_000;
    long next = Math.min(now + listener.pauseMillis() * 1_000_000L, limitNanos);
    due.set(next);
    lookout.expect(next);
  }

  /**
   * Ends.
   *
   * @throws SocketTimeoutException if the lookout ended it
   */
  void end() throws SocketTimeoutException {
    if (due.getAndSet(NOT_WAITING) == TIMED_OUT) {
      throw new SocketTimeoutException("silent for too long");
    }
  }

  /**
   * Does what is due; called by the lookout.
   *
   * @return when to look again, or {@link Long#MAX_VALUE}
   */
  long look(long now) {
    long seen = due.get();
    if (seen <= TIMED_OUT) {
      return Long.MAX_VALUE;
    }
    if (seen - now > 0) {
      return seen;
    }
    if (now - limitNanos >= 0) {
      if (due.compareAndSet(seen, TIMED_OUT)) {
        giveUp.run();
      }
      return Long.MAX_VALUE;
    }
    long limit = limitNanos;
    SilenceListener told = listener;
    Cancellation cancelled = cancellation;
    if (due.compareAndSet(seen, limit)) {
      // The listener may write to a client that reads slowly, which must not hold up the others.
      Thread.ofVirtual().name("silence").start(() -> tell(told, cancelled, limit));
    }
    return limit;
  }

  private void tell(SilenceListener told, Cancellation cancelled, long limit) {
    try {
      told.onSilence();
    } catch (ClientGoneException e) {
      cancelled.cancel(Cancellation.Reason.CLIENT_GONE);
      return;
    }
    long next = Math.min(lookout.now() + told.pauseMillis() * 1_000_000L, limit);
    if (due.compareAndSet(limit, next)) {
      lookout.expect(next);
    }
  }
}
