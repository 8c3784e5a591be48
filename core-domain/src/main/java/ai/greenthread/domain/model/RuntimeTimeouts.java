package ai.greenthread.domain.model;

import java.time.Duration;

/**
 * How long an inference server may take before its runtime counts it as failed.
 *
 * @param start from launch to healthy ({@code spec.runtime.startTimeout}); default 10 min
 * @param wake from wake to a verified answer ({@code wakeTimeout}); default 2 min
 * @param sleep from sleep to verified free memory ({@code sleepTimeout}), the drain not counted;
 *     default 1 min
 */
public record RuntimeTimeouts(Duration start, Duration wake, Duration sleep) {
  public static final RuntimeTimeouts DEFAULT =
      new RuntimeTimeouts(Duration.ofMinutes(10), Duration.ofMinutes(2), Duration.ofMinutes(1));
}
