package ai.greenthread.engine.agent;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Work whose result is shared by those who ask at the same time. Everybody gets a result of work
 * that began after they asked: who comes while it is under way shares the next. So there is at most
 * one under way and one that waits, however many ask.
 */
final class Coalesced<T> {
  private final Callable<T> work;
  private final ReentrantLock underWay = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable CompletableFuture<T> waiting;

  Coalesced(Callable<T> work) {
    this.work = work;
  }

  /**
   * A result of now.
   *
   * @throws InterruptedException if the caller is interrupted
   */
  T get() throws InterruptedException {
    CompletableFuture<T> mine;
    boolean leads = false;
    lock.lock();
    try {
      if (waiting == null) {
        waiting = new CompletableFuture<>();
        leads = true;
      }
      mine = waiting;
    } finally {
      lock.unlock();
    }
    if (leads) {
      // On a thread of its own: a caller that is interrupted must not end it for the others.
      Thread.ofVirtual().name("measure").start(() -> lead(mine));
    }
    try {
      return mine.get();
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    }
  }

  private void lead(CompletableFuture<T> result) {
    underWay.lock();
    try {
      lock.lock();
      try {
        waiting = null;
      } finally {
        lock.unlock();
      }
      result.complete(work.call());
    } catch (Exception | Error e) {
      result.completeExceptionally(e);
    } finally {
      underWay.unlock();
    }
  }
}
