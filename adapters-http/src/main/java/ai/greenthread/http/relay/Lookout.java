package ai.greenthread.http.relay;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One virtual thread that looks after all waits of a pool: it tells listeners of silence, ends
 * waits that take too long and does the pool's housekeeping. It sleeps until the next of these is
 * due; a wait that begins wakes it only if it would sleep past what that wait has due. It runs
 * while there is something to look after.
 */
final class Lookout {
  /** A wait may be looked at so much too late, which spares waking the lookout for it. */
  private static final long SLACK_NANOS = 10_000_000;

  /** In place of a plan, while it is looking and may miss what begins. */
  private static final long LOOKING = Long.MAX_VALUE;

  private final LongSupplier nanoTime;
  private final LongUnaryOperator housekeeping;
  private final Set<Wait> waits = ConcurrentHashMap.newKeySet();

  /** When it looks next. */
  private volatile long nextLook = LOOKING;

  /** Something began while it was looking. */
  private volatile boolean missed;

  private volatile @Nullable Thread thread;

  /**
   * @param housekeeping done at each look; from the time now to when to look again, at the latest
   */
  Lookout(LongSupplier nanoTime, LongUnaryOperator housekeeping) {
    this.nanoTime = nanoTime;
    this.housekeeping = housekeeping;
  }

  long now() {
    return nanoTime.getAsLong();
  }

  /** Looks after this one from now on. */
  void add(Wait wait) {
    waits.add(wait);
    if (thread == null) {
      startOnce();
    }
  }

  private synchronized void startOnce() {
    if (thread == null) {
      thread = Thread.ofVirtual().name("lookout").start(this::run);
    }
  }

  void remove(Wait wait) {
    waits.remove(wait);
  }

  /** Something is due then; called after it can be seen by a look. */
  void expect(long due) {
    long planned = nextLook;
    if (planned == LOOKING) {
      missed = true;
      // If it is looking even now, it will see that something was missed.
      planned = nextLook;
      if (planned == LOOKING) {
        return;
      }
    }
    if (planned - due > SLACK_NANOS) {
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    do {
      nextLook = LOOKING;
      missed = false;
      long now = nanoTime.getAsLong();
      long next = Math.min(housekeeping.applyAsLong(now), LOOKING - 1);
      for (Wait wait : waits) {
        next = Math.min(next, wait.look(now));
      }
      nextLook = next;
      if (missed) {
        next = Math.min(next, now + SLACK_NANOS);
      }
      LockSupport.parkNanos(this, Math.max(1, next - now));
    } while (!endIfIdle());
  }

  private synchronized boolean endIfIdle() {
    Thread self = thread;
    // Whoever adds a wait looks at the thread afterwards, and this looks at the waits afterwards.
    thread = null;
    if (waits.isEmpty()) {
      return true;
    }
    thread = self;
    return false;
  }
}
