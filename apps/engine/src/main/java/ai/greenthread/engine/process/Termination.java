package ai.greenthread.engine.process;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How a process of the engine learns that it has to end: SIGTERM, or a reason of its own. The JVM
 * then waits until the orderly end is done, but no longer than the limit.
 */
public final class Termination {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch done = new CountDownLatch(1);

  /**
   * @param limit longest orderly end; Kubernetes kills after the pod's grace period
   */
  public Termination(Duration limit) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  asked.countDown();
                  try {
                    done.await(limit.toMillis(), TimeUnit.MILLISECONDS);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "termination"));
  }

  /** Asks for the end, as a signal does. */
  public void ask() {
    asked.countDown();
  }

  /** Returns once the end is asked for. */
  public void await() throws InterruptedException {
    asked.await();
  }

  /** Everything has ended: the JVM need not wait any longer. */
  public void done() {
    done.countDown();
  }
}
