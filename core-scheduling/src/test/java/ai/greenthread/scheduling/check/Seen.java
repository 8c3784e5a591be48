package ai.greenthread.scheduling.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Numbers for the states met so far, in the order of meeting them. */
final class Seen {
  private final List<byte[]> keys = new ArrayList<>();
  private int[] slots = new int[1 << 16];

  /** The number of a state, or the complement of its new number if it is new. */
  int add(byte[] key) {
    if (keys.size() * 2 > slots.length) {
      grow();
    }
    int slot = find(key);
    if (slots[slot] != 0) {
      return slots[slot] - 1;
    }
    keys.add(key);
    slots[slot] = keys.size();
    return ~(keys.size() - 1);
  }

  private int find(byte[] key) {
    int mask = slots.length - 1;
    int slot = mix(Arrays.hashCode(key)) & mask;
    while (slots[slot] != 0 && !Arrays.equals(keys.get(slots[slot] - 1), key)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static int mix(int hash) {
    int mixed = hash * 0x9E3779B9;
    return mixed ^ (mixed >>> 15);
  }

  private void grow() {
    slots = new int[slots.length * 2];
    for (int number = 0; number < keys.size(); number++) {
      slots[find(keys.get(number))] = number + 1;
    }
  }

  int size() {
    return keys.size();
  }
}
