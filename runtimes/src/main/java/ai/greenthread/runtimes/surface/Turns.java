package ai.greenthread.runtimes.surface;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/** Lets a limited number of requests run at once; the others wait in order of arrival. */
public final class Turns {
  /** Waiting requests beyond this are refused with 503. */
  public static final int MAX_WAITING = 10_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Turn> waiting = new ArrayDeque<>();
  private final IntSupplier limit;
  private int running;

  /**
   * @param limit how many may run at once, 0 for a pause; asked again whenever someone enters or
   *     leaves
   */
  public Turns(IntSupplier limit) {
    this.limit = limit;
  }

  public int running() {
    return locked(() -> running);
  }

  public int waiting() {
    return locked(waiting::size);
  }

  /** Looks at the limit again, because it may have changed. */
  public void limitChanged() {
    lock.lock();
    try {
      advance();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Stands in line.
   *
   * @throws ApiError 503 where the line is full
   */
  public Turn enter() {
    lock.lock();
    try {
      if (waiting.size() >= MAX_WAITING) {
        throw ApiError.of(
            503, "Too many requests are waiting (" + MAX_WAITING + "); try again later.");
      }
      Turn turn = new Turn();
      waiting.add(turn);
      advance();
      return turn;
    } finally {
      lock.unlock();
    }
  }

  private void advance() {
    while (running < limit.getAsInt() && !waiting.isEmpty()) {
      Turn next = waiting.remove();
      next.granted = true;
      running++;
      next.changed.signalAll();
    }
  }

  private int locked(IntSupplier read) {
    lock.lock();
    try {
      return read.getAsInt();
    } finally {
      lock.unlock();
    }
  }

  /** One request's place in line, and then its right to run, until it leaves. */
  public final class Turn {
    private final Condition changed = lock.newCondition();
    private boolean granted;
    private boolean left;

    private Turn() {}

    /** Waits for the turn; false where the request left the line first. */
    public boolean await() throws InterruptedException {
      lock.lock();
      try {
        while (!granted && !left) {
          changed.await();
        }
        return granted && !left;
      } finally {
        lock.unlock();
      }
    }

    /** Whether the turn has come, also after it has ended. */
    public boolean granted() {
      lock.lock();
      try {
        return granted;
      } finally {
        lock.unlock();
      }
    }

    /** Leaves the line, or ends the turn. Any thread, any number of times. */
    public void leave() {
      lock.lock();
      try {
        if (left) {
          return;
        }
        left = true;
        if (granted) {
          running--;
          advance();
        } else {
          waiting.remove(this);
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }

    /** Leaves the line if the turn has not come yet; a turn that has come goes on. */
    public void leaveIfWaiting() {
      lock.lock();
      try {
        if (!granted) {
          leave();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
