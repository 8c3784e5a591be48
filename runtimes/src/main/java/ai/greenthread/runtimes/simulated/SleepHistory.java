package ai.greenthread.runtimes.simulated;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** When the model slept, as far back as a lagging answer may look. */
final class SleepHistory {
  private static final int MAX_CHANGES = 100;

  private record Change(long atNanos, boolean sleeping) {}

  private final Deque<Change> changes = new ArrayDeque<>();

  synchronized void changed(boolean sleeping) {
    changes.addLast(new Change(System.nanoTime(), sleeping));
    if (changes.size() > MAX_CHANGES) {
      changes.removeFirst();
    }
  }

  /** Whether it slept so long ago; awake before anything was recorded. */
  synchronized boolean sleepingBefore(Duration ago) {
    long then = System.nanoTime() - ago.toNanos();
    boolean sleeping = false;
    for (Change change : changes) {
      if (change.atNanos() - then <= 0) {
        sleeping = change.sleeping();
      }
    }
    return sleeping;
  }
}
