package ai.greenthread.domain.model;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Guesses what a mistyped word was meant to be. */
public final class Suggestions {
  private static final int LONGEST = 64;

  private Suggestions() {}

  /**
   * The candidate that differs least from {@code word}: at most one mistake in three letters. Case,
   * hyphens and underscores count for nothing, so that {@code min_runtime} finds {@code
   * minRuntime}.
   */
  public static Optional<String> closest(String word, Collection<String> candidates) {
    String plain = plain(word);
    if (plain.isEmpty() || plain.length() > LONGEST) {
      return Optional.empty();
    }
    record Scored(String candidate, int distance) {}
    return candidates.stream()
        .filter(candidate -> !candidate.isEmpty())
        .map(candidate -> new Scored(candidate, distance(plain, plain(candidate))))
        .filter(s -> s.distance <= Math.max(1, Math.min(plain.length(), s.candidate.length()) / 3))
        .min(Comparator.comparingInt(Scored::distance).thenComparing(Scored::candidate))
        .map(Scored::candidate);
  }

  private static String plain(String word) {
    return word.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
  }

  /** Insertions, deletions, substitutions and swaps of neighbours that turn one into the other. */
  static int distance(String from, String to) {
    int[][] cost = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        cost[i][j] = i == 0 || j == 0 ? i + j : cheapest(cost, from, to, i, j);
      }
    }
    return cost[from.length()][to.length()];
  }

  private static int cheapest(int[][] cost, String from, String to, int i, int j) {
    boolean same = from.charAt(i - 1) == to.charAt(j - 1);
    int cheapest =
        Math.min(cost[i - 1][j - 1] + (same ? 0 : 1), 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
    boolean swapped =
        i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1);
    return swapped ? Math.min(cheapest, cost[i - 2][j - 2] + 1) : cheapest;
  }
}
