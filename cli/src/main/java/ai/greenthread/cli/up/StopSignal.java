package ai.greenthread.cli.up;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A request to end, from Ctrl-C or a TERM signal, and the word that all is ended. The JVM stops as
 * soon as its shutdown hooks return, so the hook made here waits until the drain is over.
 * Thread-safe.
 */
public final class StopSignal {
  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);

  /** Listens for the signals of the operating system from now on. */
  public StopSignal listen() {
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(() -> {
                  request();
                  awaitFinished();
                }));
    return this;
  }

  /** Asks for the end. */
  public void request() {
    requested.countDown();
  }

  public boolean isRequested() {
    return requested.getCount() == 0;
  }

  /** Interrupts a thread when the end is requested, for as long as it is open. */
  public interface Interruption extends AutoCloseable {
    @Override
    void close();
  }

  /** Has {@code thread} interrupted by a request, where it waits for something that cannot look. */
  public Interruption interrupting(Thread thread) {
    AtomicBoolean open = new AtomicBoolean(true);
    Thread waiter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                requested.await();
                synchronized (open) {
                  if (open.get()) {
                    thread.interrupt();
                  }
                }
              } catch (InterruptedException closed) {
                // Closed before any request came.
              }
            });
    return () -> {
      synchronized (open) {
        open.set(false);
      }
      waiter.interrupt();
      // Whoever closes asks this signal from here on, not its own interrupt flag.
      Thread.interrupted();
    };
  }

  /** All is ended: the process may go. */
  public void finish() {
    finished.countDown();
  }

  private void awaitFinished() {
    try {
      finished.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
