package ai.greenthread.scheduling.sidecar;

import ai.greenthread.domain.model.DuringDrain;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.RuntimeTimeouts;
import ai.greenthread.scheduling.lifecycle.LifecycleSettings;
import ai.greenthread.scheduling.runtime.HostLink;
import java.time.Duration;

/**
 * How a sidecar treats its requests.
 *
 * @param lifecycle times of sleep and wake
 * @param maxQueueDepth longest queue of parked requests; default 5,000
 * @param requestTimeout longest wait in it, the wake included; default 300 s
 * @param rejectDuringDrain answer requests that meet a drain with 503 instead of parking them for
 *     the next wake
 */
public record SidecarSettings(
    LifecycleSettings lifecycle,
    int maxQueueDepth,
    Duration requestTimeout,
    boolean rejectDuringDrain) {
  /** Polite end of a server, end by force, and the proof that the memory is back. */
  public static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

  /**
   * What a Model asks for.
   *
   * @param touchPeriod how often use is reported to the ledger while it changes
   * @param link of the host, for which a wake may have to wait, but no start
   */
  public static SidecarSettings of(ModelSpec spec, Duration touchPeriod, HostLink link) {
    RuntimeTimeouts timeouts = spec.runtime().timeouts();
    var lifecycle =
        new LifecycleSettings(
            spec.fairness(),
            spec.sleep(),
            timeouts.start(),
            timeouts.wake().plus(link.patience()),
            timeouts.sleep(),
            STOP_TIMEOUT,
            touchPeriod);
    return new SidecarSettings(
        lifecycle,
        spec.queue().maxDepth(),
        spec.queue().requestTimeout(),
        spec.queue().duringDrain() == DuringDrain.REJECT);
  }

  /** Longest wake and its end by force: how long a wake lock has to hold. */
  public Duration lockTime() {
    Duration boot = lifecycle.bootTimeout();
    Duration wake = lifecycle.wakeTimeout();
    return (boot.compareTo(wake) > 0 ? boot : wake).plus(lifecycle.stopTimeout());
  }

  /** Longest time that a stop can take. */
  public Duration stopTime() {
    return lifecycle.sleep().drainTimeout().plus(lifecycle.stopTimeout().multipliedBy(2));
  }
}
