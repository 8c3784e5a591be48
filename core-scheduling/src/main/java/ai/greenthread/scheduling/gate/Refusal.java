package ai.greenthread.scheduling.gate;

import java.time.Duration;

/**
 * Why a request is not served, with what its sender may do.
 *
 * @param cause kind of refusal
 * @param message for the sender: what was wrong and what to do
 * @param retryAfter when a new try makes sense; zero if it never does
 */
public record Refusal(Cause cause, String message, Duration retryAfter) {
  /** Kinds of refusal, each with the HTTP status it becomes. */
  public enum Cause {
    /** The queue is full: 429. */
    QUEUE_FULL,
    /** The deadline passed before the model served: 504. */
    DEADLINE,
    /** The model cannot be woken now: 503. */
    WAKE_FAILED,
    /** The model can never fit as things are: 503. */
    NEVER_FITS,
    /** The model drains and its queue is switched off: 503. */
    DRAINING,
    /** The engine is going down: 503. */
    SHUTTING_DOWN
  }
}
