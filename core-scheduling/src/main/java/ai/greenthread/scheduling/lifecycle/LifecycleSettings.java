package ai.greenthread.scheduling.lifecycle;

import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.SleepSettings;
import java.time.Duration;

/**
 * Times and limits of one replica.
 *
 * @param fairness minimum runtime and protection
 * @param sleep idle and drain timeouts
 * @param bootTimeout longest first wake
 * @param wakeTimeout longest wake, verification included
 * @param sleepTimeout longest sleep, verification included
 * @param stopTimeout longest end of the server, verification included
 * @param touchPeriod how often use is reported to the ledger while it changes
 */
public record LifecycleSettings(
    Fairness fairness,
    SleepSettings sleep,
    Duration bootTimeout,
    Duration wakeTimeout,
    Duration sleepTimeout,
    Duration stopTimeout,
    Duration touchPeriod) {
  /** What requests that were cut get to be gone before the server is put to sleep. */
  public static final Duration CUT_GRACE = Duration.ofSeconds(1);

  /** An unanswered question to the ledger is put again after this long. */
  public static final Duration LEDGER_TIMEOUT = Duration.ofSeconds(10);

  /** How often one looks whether it is in use again who said that it is not, to who waits. */
  public static final Duration AWAITED_PERIOD = Duration.ofMillis(250);

  /** First wait after a failed wake; it doubles with each further one. */
  public static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);

  public static final Duration MAX_BACKOFF = Duration.ofSeconds(30);

  /** After so many failed wakes in a row those who wait are told. */
  public static final int PATIENCE = 2;

  /**
   * Longest time in which a new life makes sure that nothing of an earlier one holds memory: it
   * puts a server that it finds alive to sleep, or ends it.
   */
  public Duration reconcileTimeout() {
    return sleepTimeout.compareTo(stopTimeout) > 0 ? sleepTimeout : stopTimeout;
  }

  static Duration backoff(int failures) {
    int doublings = Math.min(Math.max(failures - 1, 0), 10);
    Duration wait = FIRST_BACKOFF.multipliedBy(1L << doublings);
    return wait.compareTo(MAX_BACKOFF) < 0 ? wait : MAX_BACKOFF;
  }
}
