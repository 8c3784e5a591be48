package ai.greenthread.k8s.client;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Times as Kubernetes' {@code MicroTime} has them: always six digits of a second, of which the
 * server refuses any other number.
 */
public final class MicroTime {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private MicroTime() {}

  /** The time, cut to microseconds. */
  public static String print(Instant time) {
    return FORMAT.format(time);
  }
}
