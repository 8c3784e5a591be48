package ai.greenthread.k8s.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keys that somebody should look at. A key is in it once, however often it was added; one that is
 * added while it is worked on comes back when that is done, so no two workers ever hold the same. A
 * key whose work failed comes back later and later. Safe for use by many threads.
 *
 * @param <K> compared by {@code equals}
 */
public final class WorkQueue<K> implements AutoCloseable {
  private static final Duration FIRST_RETRY = Duration.ofMillis(50);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();
  private final Deque<K> waiting = new ArrayDeque<>();
  private final Set<K> dirty = new HashSet<>();
  private final Set<K> inWork = new HashSet<>();
  private final Map<K, Integer> failures = new HashMap<>();
  private final ScheduledThreadPoolExecutor later =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("work-later").factory());
  private boolean closed;

  /** A queue without keys. */
  public WorkQueue() {
    later.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Somebody should look at {@code key}. */
  public void add(K key) {
    lock.lock();
    try {
      if (!closed && dirty.add(key) && !inWork.contains(key)) {
        waiting.add(key);
        added.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The same, after a while. */
  public void addAfter(K key, Duration delay) {
    lock.lock();
    try {
      if (!closed) {
        ScheduledFuture<?> _ =
            later.schedule(() -> add(key), delay.toMillis(), TimeUnit.MILLISECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next key; empty once the queue is closed. */
  public Optional<K> take() throws InterruptedException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        added.await();
      }
      if (closed) {
        return Optional.empty();
      }
      K key = waiting.remove();
      dirty.remove(key);
      inWork.add(key);
      return Optional.of(key);
    } finally {
      lock.unlock();
    }
  }

  /** The work on a key that was taken is done. */
  public void done(K key) {
    end(key, true);
  }

  /** The work on a key that was taken failed; it comes back. */
  public void failed(K key) {
    addAfter(key, end(key, false));
  }

  private Duration end(K key, boolean well) {
    lock.lock();
    try {
      inWork.remove(key);
      if (dirty.contains(key)) {
        waiting.add(key);
        added.signal();
      }
      if (well) {
        failures.remove(key);
        return Duration.ZERO;
      }
      int times = failures.merge(key, 1, Integer::sum);
      Duration pause = FIRST_RETRY.multipliedBy(1L << Math.min(times - 1, 20));
      return pause.compareTo(LONGEST_RETRY) < 0 ? pause : LONGEST_RETRY;
    } finally {
      lock.unlock();
    }
  }

  /** Keys that wait to be taken. */
  public int depth() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      later.shutdownNow();
      added.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
