package ai.greenthread.domain.model;

import java.time.Duration;

/**
 * When a Model sleeps ({@code spec.sleep}).
 *
 * @param idleTimeout no request for this long puts the Model to sleep; default 10 min
 * @param drainTimeout longest time that requests in flight may hold up a sleep; default 30 s
 */
public record SleepSettings(Duration idleTimeout, Duration drainTimeout) {
  public static final SleepSettings DEFAULT =
      new SleepSettings(Duration.ofMinutes(10), Duration.ofSeconds(30));
}
