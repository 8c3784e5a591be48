package ai.greenthread.http.testkit;

import java.util.function.BooleanSupplier;

/** Waits for a condition, at most ten seconds. */
public final class Await {
  private static final long LIMIT_NANOS = 10_000_000_000L;

  private Await() {}

  public static void until(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > LIMIT_NANOS) {
        throw new AssertionError("not within 10 s: " + what);
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
