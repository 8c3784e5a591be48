package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ReplicaId;
import java.time.Duration;
import java.time.Instant;

/**
 * One replica on one device.
 *
 * @param replica who
 * @param generation the transition that wrote this entry; older ones are fenced off
 * @param state what it does here
 * @param reserved memory promised to it; zero while asleep
 * @param residual memory that stays behind while it sleeps, measured
 * @param measured memory last seen in use by it
 * @param popular pinned, never a victim
 * @param minRuntime serving time granted before it may become a victim
 * @param becameServingAt last confirmed wake; meaningless while it has never served
 * @param lastAccessed last inference request
 * @param idle nothing was in flight when use was last reported; it is reported at once while
 *     somebody waits for the device, so a waiter need not guess by the age of {@code lastAccessed}
 * @param switchCost what one sleep and one wake of it take together, as its sidecar has learned;
 *     zero while that is not known
 */
public record Occupant(
    ReplicaId replica,
    long generation,
    OccupantState state,
    Bytes reserved,
    Bytes residual,
    Bytes measured,
    boolean popular,
    Duration minRuntime,
    Instant becameServingAt,
    Instant lastAccessed,
    boolean idle,
    Duration switchCost) {

  /**
   * Memory that this entry takes from the device: the larger of what was promised and what was
   * measured.
   */
  public Bytes charge() {
    return state == OccupantState.SLEEPING
        ? residual.max(measured)
        : reserved.max(measured).max(residual);
  }

  /** Memory that comes back when this occupant goes to sleep. */
  public Bytes reclaimable() {
    return switch (state) {
      case SLEEPING, CONVERTING -> Bytes.ZERO;
      case WAKING, SERVING, DRAINING -> charge().minusOrZero(residual);
    };
  }

  /**
   * Memory that no policy can get back: all of a popular server's, the residue of others. A popular
   * one that still wakes counts by its residue, as it may have claimed more than it will keep.
   */
  public Bytes keptForGood() {
    return popular && state == OccupantState.SERVING ? charge() : residual;
  }

  /** First moment at which a policy may choose this occupant as a victim. */
  public Instant eligibleAt() {
    return becameServingAt.plus(minRuntime);
  }

  Occupant with(OccupantState next, long by) {
    return new Occupant(
        replica,
        by,
        next,
        reserved,
        residual,
        measured,
        popular,
        minRuntime,
        becameServingAt,
        lastAccessed,
        idle,
        switchCost);
  }

  Occupant serving(long by, Bytes promised, Bytes seen, Duration cost, Instant now) {
    return new Occupant(
        replica,
        by,
        OccupantState.SERVING,
        promised,
        residual,
        seen,
        popular,
        minRuntime,
        now,
        now,
        false,
        cost);
  }

  Occupant sleeping(long by, Bytes left) {
    return new Occupant(
        replica,
        by,
        OccupantState.SLEEPING,
        Bytes.ZERO,
        left,
        left,
        popular,
        minRuntime,
        becameServingAt,
        lastAccessed,
        false,
        switchCost);
  }

  Occupant touched(Instant accessed, boolean nowIdle, Bytes seen) {
    return new Occupant(
        replica,
        generation,
        state,
        reserved,
        residual,
        seen,
        popular,
        minRuntime,
        becameServingAt,
        accessed.isAfter(lastAccessed) ? accessed : lastAccessed,
        nowIdle,
        switchCost);
  }
}
