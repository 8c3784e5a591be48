package ai.greenthread.runtimes.surface;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first stop string in a text that arrives in pieces, and holds back what might be the
 * beginning of one.
 */
final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private @Nullable String hit;

  /**
   * @param stops none of them empty
   */
  StopStrings(List<String> stops) {
    this.stops = stops;
  }

  /** Takes a piece and gives what may be sent; once a stop string was found, nothing more. */
  String accept(String piece) {
    if (hit != null) {
      return "";
    }
    if (stops.isEmpty()) {
      return piece;
    }
    held.append(piece);
    int first = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
        hit = stop;
      }
    }
    if (first >= 0) {
      return take(first);
    }
    return take(held.length() - longestBeginning());
  }

  boolean hit() {
    return hit != null;
  }

  /** The stop string that ended the text. */
  Optional<String> found() {
    return Optional.ofNullable(hit);
  }

  /** What was held back, at the end of the text. */
  String rest() {
    return hit != null ? "" : take(held.length());
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  private int longestBeginning() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (held.indexOf(stop.substring(0, length), held.length() - length) >= 0) {
          longest = length;
        }
      }
    }
    return longest;
  }
}
