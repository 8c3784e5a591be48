package ai.greenthread.http.server;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that one server's request bodies may take together. Thread-safe. */
final class BodyMemory {
  private final long total;
  private final AtomicLong taken = new AtomicLong();

  /**
   * @param total in bytes
   */
  BodyMemory(long total) {
    this.total = total;
  }

  long total() {
    return total;
  }

  /** Takes so many bytes, or none and answers false. */
  boolean tryTake(long bytes) {
    if (taken.addAndGet(bytes) > total) {
      taken.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void giveBack(long bytes) {
    taken.addAndGet(-bytes);
  }
}
