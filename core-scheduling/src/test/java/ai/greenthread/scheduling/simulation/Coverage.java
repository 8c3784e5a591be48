package ai.greenthread.scheduling.simulation;

import java.util.Map;
import java.util.TreeMap;

/** How often what happened, over one run or many. */
final class Coverage {
  private final Map<String, long[]> counts = new TreeMap<>();

  void count(String what) {
    counts.computeIfAbsent(what, _ -> new long[1])[0]++;
  }

  long of(String what) {
    long[] count = counts.get(what);
    return count == null ? 0 : count[0];
  }

  void addAll(Coverage other) {
    other.counts.forEach(
        (what, count) -> counts.computeIfAbsent(what, _ -> new long[1])[0] += count[0]);
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    counts.forEach(
        (what, count) -> text.append("  ").append(count[0]).append(' ').append(what).append('\n'));
    return text.toString();
  }
}
