package ai.greenthread.scheduling.gate;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts requests in flight and keeps new ones out, in one atomic word, so that "nobody is in and
 * nobody can come in" is one fact. Every request passes here; the sidecar's one writer opens and
 * closes it. Safe for use by any number of threads, without locks.
 */
public final class Barrier {
  private static final long OPEN = 1L << 62;
  private static final long COUNT = (1L << 32) - 1;

  private final AtomicLong word = new AtomicLong();

  /** Comes in if the barrier is open. */
  public boolean tryEnter() {
    long seen = word.get();
    while ((seen & OPEN) != 0) {
      if (word.compareAndSet(seen, seen + 1)) {
        return true;
      }
      seen = word.get();
    }
    return false;
  }

  /** Comes in although the barrier is up; only the writer does this, for those who were parked. */
  void enterParked() {
    word.incrementAndGet();
  }

  /**
   * Goes out.
   *
   * @return true for the last one to leave a closed barrier
   */
  public boolean leave() {
    long left = word.decrementAndGet();
    if ((left & COUNT) == COUNT) {
      throw new IllegalStateException("more requests left than came in");
    }
    return left == 0;
  }

  void open() {
    word.accumulateAndGet(OPEN, (seen, bit) -> seen | bit);
  }

  /** Keeps newcomers out; answers how many are still in. */
  int close() {
    return (int) (word.accumulateAndGet(~OPEN, (seen, mask) -> seen & mask) & COUNT);
  }

  public boolean isOpen() {
    return (word.get() & OPEN) != 0;
  }

  public int inFlight() {
    return (int) (word.get() & COUNT);
  }
}
