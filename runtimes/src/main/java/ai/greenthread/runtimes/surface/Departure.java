package ai.greenthread.runtimes.surface;

import java.time.Duration;
import java.util.Locale;

/**
 * A client that left before its answer was complete.
 *
 * @param id of the request
 * @param phase where the request was
 * @param stoppedAfter time from noticing that the client had left until the engine had stopped
 */
public record Departure(String id, Phase phase, Duration stoppedAfter) {

  /** How far the request had come. */
  public enum Phase {
    QUEUED,
    BEFORE_FIRST_TOKEN,
    STREAMING;

    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
