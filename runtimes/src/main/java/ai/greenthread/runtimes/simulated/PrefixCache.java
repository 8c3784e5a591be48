package ai.greenthread.runtimes.simulated;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which beginnings of prompts have been computed before, in blocks of tokens, as vLLM keeps them.
 */
final class PrefixCache {
  private static final int BLOCK_TOKENS = 16;
  private static final int MAX_BLOCKS = 20_000;

  private final Set<Long> blocks = new LinkedHashSet<>();

  /** Number of leading tokens that were known; afterwards all whole blocks are. */
  synchronized int lookUp(int[] tokens) {
    long chain = 0;
    int known = 0;
    boolean unbroken = true;
    for (int start = 0; start + BLOCK_TOKENS <= tokens.length; start += BLOCK_TOKENS) {
      for (int i = start; i < start + BLOCK_TOKENS; i++) {
        chain = chain * 0x100000001b3L + tokens[i];
      }
      unbroken = !blocks.add(chain) && unbroken;
      if (unbroken) {
        known += BLOCK_TOKENS;
      }
    }
    while (blocks.size() > MAX_BLOCKS) {
      blocks.remove(blocks.iterator().next());
    }
    return known;
  }

  synchronized void clear() {
    blocks.clear();
  }
}
