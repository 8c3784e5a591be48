package ai.greenthread.domain;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Go and Kubernetes write them: {@code 1h30m}, {@code 10s}, {@code 500ms}, {@code
 * 1.5h}, {@code 0}. The units are {@code ns us ms s m h}; a day is {@code 24h}.
 */
public final class DurationText {
  private static final Pattern PART =
      Pattern.compile("([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)");

  /** Go's own limit: a duration is a signed 64-bit number of nanoseconds, about 292 years. */
  private static final BigDecimal LONGEST = BigDecimal.valueOf(Long.MAX_VALUE);

  private record Unit(String suffix, long nanos) {}

  private static final List<Unit> LARGEST_FIRST =
      List.of(
          new Unit("h", 3_600_000_000_000L),
          new Unit("m", 60_000_000_000L),
          new Unit("s", 1_000_000_000L),
          new Unit("ms", 1_000_000L),
          new Unit("us", 1_000L),
          new Unit("ns", 1L));

  private DurationText() {}

  /**
   * The duration that a text states, or nothing where the text is not a duration. A sign is
   * understood; whether a negative duration makes sense is the caller's rule. Parts below a
   * nanosecond are dropped.
   */
  public static Optional<Duration> parse(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    if (rest.isEmpty() || rest.length() > 100) {
      return Optional.empty();
    }
    Matcher part = PART.matcher(rest);
    BigDecimal nanos = BigDecimal.ZERO;
    int end = 0;
    while (part.find() && part.start() == end) {
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(nanosPer(part.group(2))));
      end = part.end();
    }
    if (end != rest.length() || nanos.compareTo(LONGEST) > 0) {
      return Optional.empty();
    }
    Duration length = Duration.ofNanos(nanos.longValue());
    return Optional.of(negative ? length.negated() : length);
  }

  /** The shortest text without fractions: {@code 1h30m}, {@code 1s500ms}; {@code 0s} for zero. */
  public static String print(Duration duration) {
    if (duration.isZero()) {
      return "0s";
    }
    StringBuilder text = new StringBuilder(duration.isNegative() ? "-" : "");
    long nanos = duration.abs().toNanos();
    for (Unit unit : LARGEST_FIRST) {
      long count = nanos / unit.nanos;
      if (count > 0) {
        text.append(count).append(unit.suffix);
        nanos -= count * unit.nanos;
      }
    }
    return text.toString();
  }

  private static BigDecimal nanosPer(String suffix) {
    String plain = suffix.replace('\u00b5', 'u').replace('\u03bc', 'u');
    for (Unit unit : LARGEST_FIRST) {
      if (unit.suffix.equals(plain)) {
        return BigDecimal.valueOf(unit.nanos);
      }
    }
    throw new IllegalStateException("no such unit: " + suffix);
  }
}
