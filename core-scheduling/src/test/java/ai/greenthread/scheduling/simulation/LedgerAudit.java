package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.ledger.WakeLock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at every record that is stored, from outside: by what the fleet was drawn as and by its own
 * notes of when who began to serve, not by what the ledger's rules allow.
 */
final class LedgerAudit {
  /** The time that a record carries is taken before it is stored, which may be slow. */
  private static final Duration WRITING = Duration.ofMillis(20);

  private static final Duration SLOW_WRITING = Duration.ofMillis(2_100);

  private final World world;
  private final Map<ReplicaId, Fleet.Shape> shapes = new HashMap<>();
  private final Map<Serving, Instant> servingSince = new HashMap<>();

  private final Map<Place, Integer> newestLife = new HashMap<>();

  private record Serving(GpuId device, Victim who) {}

  private record Place(GpuId device, ReplicaId replica) {}

  /**
   * Who writes.
   *
   * @param life counts the sidecars that this replica has had
   */
  record Writer(ReplicaId replica, int life) {}

  LedgerAudit(World world, Fleet fleet) {
    this.world = world;
    fleet.shapes().forEach(shape -> shapes.put(shape.replica(), shape));
  }

  void stored(DeviceRecord before, DeviceRecord after, Writer writer) {
    acts(before, after, writer);
    for (Occupant occupant : after.occupants()) {
      moved(before, after, occupant);
    }
    lock(before, after);
    for (Intent intent : after.intents()) {
      named(before, after, intent);
    }
    world.require(
        !after.isOvercommitted() || world.mayOutgrow(after.id()),
        () -> "S2: overcommitted " + after);
  }

  /** As soon as a new life has written to a device, the one before it has no more to say there. */
  private void acts(DeviceRecord before, DeviceRecord after, Writer writer) {
    int newest =
        newestLife.merge(new Place(after.id(), writer.replica()), writer.life(), Math::max);
    world.require(
        newest == writer.life(),
        () -> "S10: " + writer + " wrote " + after + " over " + before + " of life " + newest);
  }

  private void moved(DeviceRecord before, DeviceRecord after, Occupant occupant) {
    Optional<Occupant> was = before.occupant(occupant.replica());
    OccupantState from = was.map(Occupant::state).orElse(OccupantState.SLEEPING);
    world.require(
        was.isEmpty() || was.get().generation() <= occupant.generation(),
        () -> "S10: an older generation wrote " + after + " over " + before);
    if (from != occupant.state()) {
      world.coverage().count("occupant " + from + "→" + occupant.state());
      boolean allowed =
          switch (occupant.state()) {
            case WAKING -> from == OccupantState.SLEEPING && holdsLock(before, occupant);
            case SERVING -> from == OccupantState.WAKING;
            case DRAINING -> from == OccupantState.SERVING || from == OccupantState.WAKING;
            case SLEEPING -> true;
            // No server converts.
            case CONVERTING -> false;
          };
      world.require(allowed, () -> "S7: " + from + " became " + after);
      if (occupant.state() == OccupantState.SERVING) {
        servesSince(after, occupant);
      }
    }
  }

  private void servesSince(DeviceRecord after, Occupant occupant) {
    Instant since = occupant.becameServingAt();
    Duration ago = Duration.between(since, world.time().wall());
    world.require(
        clockJumped() || (!ago.isNegative() && ago.compareTo(SLOW_WRITING) <= 0),
        () -> "S6: serves since another moment than now: " + after);
    servingSince.put(
        new Serving(after.id(), new Victim(occupant.replica(), occupant.generation())), since);
  }

  /** Between the look at the clock and the record's being stored the clock may have jumped. */
  private boolean clockJumped() {
    return world.time().hasJumpedWithin(SLOW_WRITING);
  }

  private boolean holdsLock(DeviceRecord before, Occupant claimant) {
    return before
        .lock()
        .filter(lock -> lock.holder().equals(claimant.replica()))
        .filter(lock -> lock.generation() == claimant.generation())
        .filter(lock -> clockJumped() || lock.isHeldAt(world.time().wall()))
        .isPresent();
  }

  private void lock(DeviceRecord before, DeviceRecord after) {
    Optional<WakeLock> was = before.lock();
    Optional<WakeLock> is = after.lock();
    if (was.isPresent() && is.isPresent() && !was.get().holder().equals(is.get().holder())) {
      world.coverage().count("expired lock taken over");
      world.require(
          clockJumped() || !was.get().isHeldAt(world.time().wall()),
          () -> "S5: a held lock was taken: " + before + " " + after);
    }
  }

  private void named(DeviceRecord before, DeviceRecord after, Intent intent) {
    ReplicaId waiter = intent.ticket().replica();
    for (Victim victim : intent.victims()) {
      boolean known =
          before.intent(waiter).map(was -> was.victims().contains(victim)).orElse(false);
      if (!known) {
        world.coverage().count("victim named");
        Fleet.Shape shape = shapes.get(victim.replica());
        world.require(
            shape != null && !shape.fairness().popular() && !victim.replica().equals(waiter),
            () -> "S6: may never be a victim: " + after);
        Instant since = servingSince.get(new Serving(after.id(), victim));
        Duration granted = shape == null ? Duration.ZERO : shape.fairness().minRuntime();
        world.require(
            since != null
                && (clockJumped()
                    || !world.time().wall().plus(WRITING).isBefore(since.plus(granted))),
            () -> "S6: named before its minimum runtime: " + after);
        world.require(
            after
                .occupant(victim.replica())
                .filter(occupant -> occupant.state() == OccupantState.SERVING)
                .filter(occupant -> occupant.generation() == victim.generation())
                .isPresent(),
            () -> "S6: named although it does not serve: " + after);
      }
    }
  }
}
