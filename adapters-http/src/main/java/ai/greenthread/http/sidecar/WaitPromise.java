package ai.greenthread.http.sidecar;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The longest wait that the fleet promises a replica's requests. It changes with the fleet, so a
 * request is held against the longer of what was promised when it came and when it was let in.
 */
final class WaitPromise {
  /** How old an answer may be: many requests come at once, and the answer takes a look at all. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  private record Known(Optional<Duration> bound, Instant since) {}

  private final Supplier<Optional<Duration>> bound;
  private final Runnable onBroken;
  private volatile Known known = new Known(Optional.empty(), Instant.EPOCH);

  WaitPromise(Supplier<Optional<Duration>> bound, Runnable onBroken) {
    this.bound = bound;
    this.onBroken = onBroken;
  }

  /**
   * What is promised; empty where nothing is.
   *
   * @param now about; an earlier moment than the last is as good
   */
  Optional<Duration> at(Instant now) {
    Known last = known;
    if (!now.isBefore(last.since().plus(FRESH))) {
      last = new Known(bound.get(), now);
      known = last;
    }
    return last.bound();
  }

  /**
   * Holds a wait that is over against the promise.
   *
   * @param promised when it came
   */
  void hold(Duration waited, Optional<Duration> promised, Instant now) {
    if (promised.isPresent()
        && waited.compareTo(promised.get()) > 0
        && at(now).filter(still -> waited.compareTo(still) > 0).isPresent()) {
      onBroken.run();
    }
  }
}
