package ai.greenthread.scheduling.sidecar;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs what it is given one after the other, in order, on the threads of another executor: the one
 * writer of a sidecar, without a thread that waits. A letter that throws ends the thread that read
 * it, as its executor sees fit; those behind it are read by another.
 */
public final class Mailbox implements Executor {
  private final Executor threads;
  private final Queue<Runnable> letters = new ConcurrentLinkedQueue<>();
  private final AtomicInteger unread = new AtomicInteger();

  public Mailbox(Executor threads) {
    this.threads = threads;
  }

  @Override
  public void execute(Runnable letter) {
    letters.add(letter);
    if (unread.getAndIncrement() == 0) {
      threads.execute(this::readAll);
    }
  }

  private void readAll() {
    int read;
    do {
      read = 0;
      Runnable letter = letters.poll();
      while (letter != null) {
        read++;
        boolean done = false;
        try {
          letter.run();
          done = true;
        } finally {
          if (!done && unread.addAndGet(-read) > 0) {
            threads.execute(this::readAll);
          }
        }
        letter = letters.poll();
      }
    } while (unread.addAndGet(-read) > 0);
  }
}
