package ai.greenthread.scheduling.lifecycle;

import java.time.Instant;

/**
 * What a replica is doing. Every transition that acts on the world has a generation of its own;
 * replies that carry an older one change nothing.
 */
public sealed interface State {
  long generation();

  /** When this state was entered; of one who waits, its place in line, which may be earlier. */
  Instant since();

  /**
   * Ends what an earlier life left behind and enrols in the ledger.
   *
   * @param generation number of the try; those of later states begin above all of an earlier life
   * @param retryAt when a try counts as failed
   * @param reason why the last try failed, empty before that
   * @param shutdown it is to end as soon as the ledger's account of it is in order
   */
  record Booting(long generation, Instant since, Instant retryAt, String reason, boolean shutdown)
      implements State {}

  /**
   * Holds no more than its residue.
   *
   * @param cold the server has to be started before it can wake
   */
  record Sleeping(long generation, Instant since, boolean cold) implements State {}

  /**
   * Wants to wake and has no memory yet.
   *
   * @param since ticket: moment of arrival in the queue of waiters
   * @param purpose why it wakes
   * @param cold the server has to be started first
   * @param asked when the outstanding question to the policy was put; the answer may get lost
   * @param answered no question is outstanding
   * @param dirty the ledger changed since the question was put
   * @param askAgainAt when to ask again at the latest
   * @param reason for people: who or what is waited for
   * @param failures wakes that failed in a row before this one
   */
  record Pending(
      long generation,
      Instant since,
      Purpose purpose,
      boolean cold,
      Instant asked,
      boolean answered,
      boolean dirty,
      Instant askAgainAt,
      String reason,
      int failures)
      implements State {}

  /** Holds memory and lock; the weights are on their way. */
  record Waking(long generation, Instant since, Purpose purpose, Instant deadline, int failures)
      implements State {}

  /** Verified awake; requests pass. */
  record Serving(long generation, Instant since, Instant touchAt, boolean toldIdle)
      implements State {}

  /**
   * On the way to sleep, or recovering from a failure; never resurrected before it has ended.
   *
   * @param phase how far
   * @param cause why
   * @param deadline when this phase counts as failed
   * @param problem what went wrong, empty if nothing did
   * @param failures wakes that failed in a row, this one included
   */
  record Deactivating(
      long generation,
      Instant since,
      Phase phase,
      Cause cause,
      Instant deadline,
      String problem,
      int failures)
      implements State {}

  /**
   * The memory is back, the ledger is being told so.
   *
   * @param serverEnded the server has to be started before the next wake
   * @param release how the ledger is told; repeated until it answers
   */
  record Releasing(
      long generation,
      Instant since,
      Cause cause,
      boolean serverEnded,
      Effect.Remote release,
      Instant deadline,
      String problem,
      int failures)
      implements State {}

  /** A wake failed; holds nothing. Requests wait for {@code retryAt}. */
  record Failed(long generation, Instant since, Instant retryAt, String reason, int failures)
      implements State {}

  /** Gone for good. */
  record Stopped(long generation, Instant since) implements State {}

  /** Why a replica wakes. */
  enum Purpose {
    /** Its first wake: starts the server, measures it, and sleeps again if nobody waits. */
    BOOT,
    /** A request waits. */
    DEMAND,
    /** An operator said so. */
    MANUAL
  }

  /** Why a replica goes to sleep. */
  enum Cause {
    IDLE,
    PREEMPTED,
    MANUAL,
    /** The first wake is done and nobody waits. */
    BOOTED,
    /** The ledger has lost its entry, so its memory counts as free. */
    UNLISTED,
    /** Nobody waits any more, or it can never fit. */
    ABANDONED,
    /** A wake, a sleep or the server failed. */
    FAILURE,
    SHUTDOWN
  }

  /** Steps of a deactivation, in this order; a failure jumps to {@link #STOPPING}. */
  enum Phase {
    /** The barrier is up, requests in flight may end. */
    DRAINING,
    /** The drain deadline passed; the rest has been cut and gets a moment to go. */
    CUTTING,
    /** The server gives its memory back; until measured, none of it counts as free. */
    SLEEPING,
    /** The server is ended, because sleep failed, it crashed, or for good. */
    STOPPING
  }

  /** The word that users see. */
  default String label() {
    return switch (this) {
      case Booting _ -> "booting";
      case Sleeping _ -> "sleeping";
      case Pending pending -> pending.purpose() == Purpose.BOOT ? "booting" : "pending";
      case Waking waking -> waking.purpose() == Purpose.BOOT ? "booting" : "waking";
      case Serving _ -> "serving";
      case Deactivating _, Releasing _ -> "deactivating";
      case Failed _ -> "failed";
      case Stopped _ -> "stopped";
    };
  }
}
