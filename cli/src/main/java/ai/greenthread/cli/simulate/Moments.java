package ai.greenthread.cli.simulate;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.util.Optional;
import java.util.regex.Pattern;

/** Times as logs write them, in microseconds after 1970 or after the start of the log. */
final class Moments {
  /** Years 5138 in seconds, 1973 in milliseconds: nobody means the former. */
  private static final BigDecimal MILLIS_FROM = BigDecimal.valueOf(100_000_000_000L);

  private static final BigDecimal LARGEST = BigDecimal.valueOf(10_000_000_000_000L);
  private static final Pattern NUMBER =
      Pattern.compile("[0-9]{1,20}(\\.[0-9]{0,20})?([eE]\\+?1?[0-9])?");

  /** ISO 8601 with as many digits of a second as anybody writes, and any spelling of an offset. */
  private static final DateTimeFormatter ISO =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .appendPattern("[XXX][XX][X]")
          .toFormatter(java.util.Locale.ROOT);

  private Moments() {}

  /**
   * Understands a number of seconds, or of milliseconds where it is too large for seconds, and ISO
   * 8601 with {@code T} or a blank; without an offset it is UTC.
   *
   * @param inMillis the number is known to be one of milliseconds
   * @return empty where the text is neither
   */
  static Optional<Long> micros(String text, boolean inMillis) {
    String plain = text.strip();
    if (NUMBER.matcher(plain).matches()) {
      BigDecimal number = new BigDecimal(plain);
      if (number.compareTo(LARGEST) > 0) {
        return Optional.empty();
      }
      boolean millis = inMillis || number.compareTo(MILLIS_FROM) >= 0;
      return Optional.of(
          number.movePointRight(millis ? 3 : 6).setScale(0, RoundingMode.HALF_UP).longValue());
    }
    try {
      TemporalAccessor time =
          ISO.parseBest(
              plain.replaceFirst(" ", "T").replace(" ", ""),
              OffsetDateTime::from,
              LocalDateTime::from);
      Instant instant =
          time instanceof OffsetDateTime offset
              ? offset.toInstant()
              : LocalDateTime.from(time).toInstant(ZoneOffset.UTC);
      return Optional.of(ChronoUnit.MICROS.between(Instant.EPOCH, instant))
          .filter(micros -> micros >= 0);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
