package ai.greenthread.runtimes.simulated;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of time and memory as people write them. */
final class Units {
  private static final Pattern AMOUNT = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-z]*)");
  private static final Map<String, Double> NANOS =
      Map.of("", 1e6, "us", 1e3, "ms", 1e6, "s", 1e9, "m", 6e10);
  private static final Map<String, Double> BYTES =
      Map.of(
          "", 1.0, "b", 1.0, "k", 1e3, "m", 1e6, "g", 1e9, "ki", 0x1p10, "mi", 0x1p20, "gi",
          0x1p30);

  private Units() {}

  /** Reads {@code 250ms}, {@code 1.5s}, {@code 2m}; a bare number is milliseconds. */
  static Duration duration(String text) {
    return Duration.ofNanos((long) amount(text, text, NANOS, "a time such as 250ms or 1.5s"));
  }

  static String text(Duration duration) {
    return duration.toNanos() / 1e6 + "ms";
  }

  /** Reads {@code 24GiB}, {@code 370M}; a bare number is bytes. */
  static long bytes(String text) {
    String unit =
        text.endsWith("B") && text.length() > 1 ? text.substring(0, text.length() - 1) : text;
    return (long) amount(text, unit, BYTES, "an amount such as 24GiB or 370M");
  }

  private static double amount(
      String whole, String text, Map<String, Double> units, String wanted) {
    Matcher matcher = AMOUNT.matcher(text.trim());
    if (matcher.matches()) {
      Double unit = units.get(matcher.group(2).toLowerCase(Locale.ROOT));
      if (unit != null) {
        return Double.parseDouble(matcher.group(1)) * unit;
      }
    }
    throw new IllegalArgumentException("expected " + wanted + ", got " + whole);
  }
}
