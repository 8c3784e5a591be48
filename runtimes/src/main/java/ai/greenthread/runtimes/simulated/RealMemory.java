package ai.greenthread.runtimes.simulated;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Main memory that is really taken and really given back, so that whoever measures the process sees
 * it move.
 */
final class RealMemory {
  /** Blocks this large come from the operating system, and go back to it, one by one. */
  private static final long BLOCK = 16L << 20;

  private final Deque<Arena> blocks = new ArrayDeque<>();

  /** Holds about this much, rounded up to whole blocks. */
  @SuppressWarnings("MustBeClosedChecker") // a block is closed when it is given back
  synchronized void hold(long bytes) {
    long wanted = (bytes + BLOCK - 1) / BLOCK;
    while (blocks.size() > wanted) {
      blocks.removeLast().close();
    }
    while (blocks.size() < wanted) {
      Arena arena = Arena.ofShared();
      // Ones, not zeros: untouched pages of zeros need not exist.
      arena.allocate(BLOCK, 4096).fill((byte) 1);
      blocks.addLast(arena);
    }
  }

  synchronized long bytes() {
    return blocks.size() * BLOCK;
  }
}
