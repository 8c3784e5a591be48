package ai.greenthread.runtimes.simulated;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which of several like events are meant, counted from 1: {@code none}, {@code all}, {@code 2},
 * {@code 1,3}, or {@code 2+} for the second and every later one.
 *
 * @param from and every later one; 0 = none beyond the list
 */
public record Occasions(List<Integer> single, int from) {
  public static final Occasions NONE = new Occasions(List.of(), 0);
  public static final Occasions ALL = new Occasions(List.of(), 1);

  public Occasions {
    single = List.copyOf(single);
  }

  public static Occasions parse(String text) {
    if (text.equals("none") || text.equals("0") || text.isEmpty()) {
      return NONE;
    }
    if (text.equals("all")) {
      return ALL;
    }
    try {
      if (text.endsWith("+")) {
        return new Occasions(List.of(), Integer.parseInt(text.substring(0, text.length() - 1)));
      }
      return new Occasions(Stream.of(text.split(",", -1)).map(Integer::valueOf).toList(), 0);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected none, all, 2, 1,3 or 2+, got " + text, e);
    }
  }

  boolean include(int number) {
    return (from > 0 && number >= from) || single.contains(number);
  }

  @Override
  public String toString() {
    if (from > 0) {
      return from == 1 ? "all" : from + "+";
    }
    return single.isEmpty()
        ? "none"
        : single.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
