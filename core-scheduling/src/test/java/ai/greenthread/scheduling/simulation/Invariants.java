package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What has to hold after every single event. */
final class Invariants {
  /** As much as the product's own measurement forgives. */
  private static final Bytes NOISE = Bytes.ofMiB(16);

  private final World world;
  private final SimStore store;
  private final List<SimReplica> replicas;
  private Map<ReplicaId, Optional<Duration>> bounds = Map.of();
  private long expectedSince;
  private double boundUsed;

  Invariants(World world, SimStore store, List<SimReplica> replicas) {
    this.world = world;
    this.store = store;
    this.replicas = replicas;
  }

  /** From now on nobody may wait longer than this; what they have waited before does not count. */
  void expect(Map<ReplicaId, Optional<Duration>> longest) {
    bounds = longest;
    expectedSince = world.time().nanos();
  }

  /** Largest share of a bound that a wait has used up. */
  double boundUsed() {
    return boundUsed;
  }

  void check() {
    for (GpuId device : world.fleet().devices()) {
      world.require(
          world.memory().sum(device) <= world.memory().capacity(), () -> "S2: memory of " + device);
    }
    for (SimReplica replica : replicas) {
      memoryIsAccounted(replica);
      SimReplica.Life life = replica.life();
      if (life != null) {
        check(replica, life);
      }
    }
  }

  /** Nothing is physically in use that the ledger does not charge somebody for. */
  private void memoryIsAccounted(SimReplica replica) {
    if (replica.runtime().outgrows()) {
      return;
    }
    ReplicaId id = replica.shape().replica();
    for (GpuId device : replica.devices()) {
      Bytes used = world.memory().of(id, device);
      if (used.count() > NOISE.count()) {
        Bytes charge = store.peek(device).occupant(id).map(Occupant::charge).orElse(Bytes.ZERO);
        world.require(
            used.fitsIn(charge.plus(NOISE)),
            () ->
                "S2: " + replica + " uses " + used + " on " + device + " and is charged " + charge);
      }
    }
  }

  private void check(SimReplica replica, SimReplica.Life life) {
    SidecarStatus status = life.sidecar().status();
    State state = status.state();
    world.require(
        status.inFlight() == life.running().size(),
        () -> "S1: " + status + " with passes " + life.running());
    List<SimRequest> waiting = replica.open().stream().filter(SimRequest::isParked).toList();
    int parked = waiting.size();
    if (!life.hasUnreadLetters()) {
      world.require(status.queued() == parked, () -> "L4: " + status + ", but waiting: " + waiting);
    }
    for (SimRequest request : life.running()) {
      if (request.isRunning()) {
        running(replica, request, state);
      }
    }
    if (state instanceof State.Serving) {
      life.requireServingInLedger(state.generation());
    }
    if (state instanceof State.Sleeping
        && parked == 0
        && !life.hasUnreadLetters()
        && life.effects().isIdle()) {
      holdsNothing(replica);
    }
    if (state instanceof State.Pending pending && !life.hasUnreadLetters()) {
      pending(replica, life, pending, parked);
    }
    if (parked > 0) {
      waited(replica, state, waiting.getFirst().arrived());
    }
  }

  /** Nobody waits for a model that nobody wants, and whoever waits holds nothing. */
  private void pending(
      SimReplica replica, SimReplica.Life life, State.Pending pending, int parked) {
    world.require(
        pending.purpose() != State.Purpose.DEMAND || parked > 0,
        () -> "L4: " + replica + " waits for nobody: " + pending);
    // A question that the ledger cut short may leave a lock until it is asked again.
    if (world.isFaultless() && life.effects().isIdle()) {
      for (GpuId device : replica.devices()) {
        DeviceRecord record = store.peek(device);
        world.require(
            record
                .lock()
                .map(lock -> !lock.holder().equals(replica.shape().replica()))
                .orElse(true),
            () -> "L4: waits and holds a lock: " + record);
      }
    }
  }

  private void running(SimReplica replica, SimRequest request, State state) {
    boolean serves = state instanceof State.Serving && state.generation() == request.generation();
    boolean drains =
        state instanceof State.Deactivating leaving
            && leaving.phase() == State.Phase.DRAINING
            && leaving.generation() == request.generation() + 1;
    world.require(serves || drains, () -> "S3: " + request + " runs while " + state);
    world.require(replica.runtime().isServedTruly(), () -> "S3: " + request + " runs unverified");
  }

  private void holdsNothing(SimReplica replica) {
    ReplicaId id = replica.shape().replica();
    for (GpuId device : replica.devices()) {
      DeviceRecord record = store.peek(device);
      world.require(record.intent(id).isEmpty(), () -> "L4: sleeps and still waits: " + record);
      world.require(
          record.lock().map(lock -> !lock.holder().equals(id)).orElse(true),
          () -> "L4: sleeps and holds a lock: " + record);
      world.require(
          record.occupant(id).map(mine -> mine.reserved().isZero()).orElse(true),
          () -> "L4: sleeps and holds memory: " + record);
    }
  }

  private void waited(SimReplica replica, State state, long oldest) {
    long since = Math.max(oldest, expectedSince);
    Duration waited = Duration.ofNanos(world.time().nanos() - since);
    bounds
        .getOrDefault(replica.shape().replica(), Optional.empty())
        .ifPresent(bound -> {
          boundUsed = Math.max(boundUsed, (double) waited.toNanos() / bound.toNanos());
          world.require(
              waited.compareTo(bound) <= 0,
              () -> "L1: " + replica + " waits longer than " + bound + ", is " + state);
        });
  }

  /** Nobody wants anything any more: nothing may be left that only waiters need. */
  void checkQuiet() {
    for (GpuId device : world.fleet().devices()) {
      DeviceRecord record = store.peek(device);
      world.require(record.lock().isEmpty(), () -> "L4: a lock is left: " + record);
      world.require(record.intents().isEmpty(), () -> "L4: an intent is left: " + record);
    }
    for (SimReplica replica : replicas) {
      SimReplica.Life life = replica.life();
      world.require(replica.open().isEmpty(), () -> "S1: never ended: " + replica.open());
      world.require(life != null, () -> replica + " has no sidecar");
      if (life != null) {
        State state = life.state();
        boolean quiet =
            switch (state) {
              case State.Sleeping _, State.Failed _ -> true;
              case State.Serving _ -> replica.shape().fairness().popular();
              default -> false;
            };
        world.require(quiet, () -> "L4: " + replica + " is " + state + " though nobody wants it");
        world.require(life.effects().isIdle(), () -> "L4: something still works for " + replica);
        replica.devices().forEach(device -> chargedForNothing(replica, device));
      }
    }
  }

  /** What a sleeper is charged for is really in use. */
  private void chargedForNothing(SimReplica replica, GpuId device) {
    ReplicaId id = replica.shape().replica();
    Bytes used = world.memory().of(id, device);
    Optional<Occupant> mine = store.peek(device).occupant(id);
    boolean truly =
        mine.filter(occupant -> occupant.state() == OccupantState.SLEEPING)
            .map(occupant -> occupant.charge().fitsIn(used.plus(NOISE)))
            .orElse(true);
    world.require(
        truly, () -> "L4: " + replica + " uses " + used + " on " + device + ", charged " + mine);
  }
}
