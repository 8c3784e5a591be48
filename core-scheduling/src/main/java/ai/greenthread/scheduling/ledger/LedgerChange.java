package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ReplicaId;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/** What may be done to a {@link DeviceRecord}; {@link LedgerRules} decides whether it may. */
public sealed interface LedgerChange {
  ReplicaId replica();

  /** Transition on whose behalf the change is made; older ones are refused. */
  long generation();

  /**
   * Starts afresh as a sleeper: all that an earlier life left behind goes, but for the residue of a
   * server that was taken over asleep. Needs a generation that nobody has used, so of two lives
   * that begin at once only one does.
   */
  record Enrol(
      ReplicaId replica, long generation, boolean popular, Duration minRuntime, Bytes residual)
      implements LedgerChange {}

  /**
   * Queues for memory and lets go of lock and claim, if a try to wake left any; repeating it keeps
   * the place.
   *
   * @param ready there is room everywhere, only a wake lock is missing
   */
  record Enlist(ReplicaId replica, long generation, Instant since, Bytes need, boolean ready)
      implements LedgerChange {}

  /** Asks occupants to make room. */
  record NameVictims(ReplicaId replica, long generation, Set<Victim> victims)
      implements LedgerChange {}

  /** Takes the right to load weights. */
  record TakeLock(ReplicaId replica, long generation, Instant expiresAt) implements LedgerChange {}

  /** Takes memory; needs the lock, ends the waiting. */
  record Claim(ReplicaId replica, long generation, Bytes need) implements LedgerChange {}

  /**
   * The wake is verified: awake with {@code measured} in use and {@code wanted} to be kept for it,
   * as far as there is room; gives the lock back.
   *
   * @param switchCost what one sleep and one wake of it take together; zero if not known yet
   */
  record Confirm(
      ReplicaId replica, long generation, Bytes measured, Bytes wanted, Duration switchCost)
      implements LedgerChange {}

  /** The barrier is up: sleep has begun. */
  record Drain(ReplicaId replica, long generation) implements LedgerChange {}

  /** Gives everything back but the measured residue: memory, lock and place in the queue. */
  record Release(ReplicaId replica, long generation, Bytes residual) implements LedgerChange {}

  /**
   * Reports use: last request and memory.
   *
   * @param idle nothing is in flight
   */
  record Touch(ReplicaId replica, long generation, Instant accessed, boolean idle, Bytes measured)
      implements LedgerChange {}

  /** Removes the replica altogether; for replicas that no longer exist. */
  record Forget(ReplicaId replica, long generation) implements LedgerChange {}
}
