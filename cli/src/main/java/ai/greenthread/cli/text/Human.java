package ai.greenthread.cli.text;

import ai.greenthread.domain.Bytes;
import java.time.Duration;
import java.util.Locale;

/** Amounts as people read them: short, with a unit, independent of the locale. */
public final class Human {
  private Human() {}

  /** {@code 96.4 MiB}; a negative number, which no engine should send, shows as it came. */
  public static String bytes(long count) {
    return count < 0 ? Long.toString(count) : Bytes.of(count).human();
  }

  /** How long ago: {@code 12s}, {@code 3m}, {@code 5h}, {@code 2d}. A moment ahead counts as 0s. */
  public static String age(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < 120) {
      return seconds + "s";
    }
    if (seconds < 2 * 3600) {
      return seconds / 60 + "m";
    }
    if (seconds < 48 * 3600) {
      return seconds / 3600 + "h";
    }
    return seconds / 86_400 + "d";
  }

  /** How long something took: {@code 85 ms}, {@code 1.3 s}, {@code 2 min 5 s}. */
  public static String took(Duration duration) {
    long millis = Math.max(0, duration.toMillis());
    if (millis < 1000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
    return millis / 60_000 + " min " + millis / 1000 % 60 + " s";
  }

  /** A bound in seconds, rounded up so that what is shown is never less than what holds. */
  public static String seconds(double seconds) {
    return took(Duration.ofMillis((long) Math.ceil(seconds * 1000)));
  }

  /** {@code "1 model"}, {@code "3 models"}. */
  public static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /**
   * Text from elsewhere without the characters that command a terminal: a model or a runtime must
   * not be able to move the cursor, set the title or fake a prompt. Line feeds and tabs stay.
   */
  public static String harmless(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    text.codePoints()
        .filter(c -> c == '\n' || c == '\t' || !Character.isISOControl(c))
        .forEach(kept::appendCodePoint);
    return kept.toString();
  }
}
