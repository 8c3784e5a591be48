package ai.greenthread.domain.model;

import java.time.Duration;

/**
 * How a Model shares its GPU ({@code spec.fairness}).
 *
 * @param minRuntime serving time that is granted before the Model may be put to sleep; default 10 s
 * @param maxWaitTime how long the Model waits for room before it forces another one out; default 5
 *     s
 * @param popular pinned: never put to sleep by a policy; default false
 */
public record Fairness(Duration minRuntime, Duration maxWaitTime, boolean popular) {
  public static final Fairness DEFAULT =
      new Fairness(Duration.ofSeconds(10), Duration.ofSeconds(5), false);
}
