package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.LedgerRules.Refusal;
import ai.greenthread.scheduling.ledger.LedgerRules.Ruling;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One replica's hand on the ledger: reads its devices, and writes by the rules with
 * compare-and-swap. What spans several devices is taken in sorted order and given back as a whole
 * when a part fails. Methods block on the store and throw {@link LedgerUnavailable}; all of them
 * may be repeated after a lost answer.
 */
public final class Ledger {
  /** A conflict is a lost race, not a fault, so only a store gone mad reaches this limit. */
  private static final int MAX_CAS_ATTEMPTS = 1_000;

  /** A life counts up by one a second at most, so it would have to be out of touch for days. */
  private static final long GENERATIONS_UNSEEN = 1_000_000;

  private final GpuLedger store;
  private final ReplicaId replica;
  private final List<GpuId> devices;
  private final InstantSource clock;
  private final Runnable onConflict;

  /**
   * @param onConflict called for each compare-and-swap that somebody else won
   */
  public Ledger(
      GpuLedger store,
      ReplicaId replica,
      List<GpuId> devices,
      InstantSource clock,
      Runnable onConflict) {
    this.store = store;
    this.replica = replica;
    this.devices = devices.stream().sorted().toList();
    this.clock = clock;
    this.onConflict = onConflict;
  }

  public List<GpuId> devices() {
    return devices;
  }

  public List<DeviceRecord> read() {
    return store.read(devices);
  }

  /**
   * The same as last seen, where that is known: good enough to choose what to try next, since
   * whatever it misses will be heard, and tried anew.
   */
  public List<DeviceRecord> view() {
    List<DeviceRecord> records = new ArrayList<>();
    for (GpuId device : devices) {
      records.add(store.lastSeen(device).orElseGet(() -> store.read(List.of(device)).getFirst()));
    }
    return records;
  }

  /**
   * First generation of a new life, above all that earlier lives may still write: what they did
   * since they last wrote is not known, so a wide gap is left to them.
   */
  public long firstGenerationOfNewLife() {
    long last = 0;
    for (DeviceRecord record : read()) {
      last = Math.max(last, record.occupant(replica).map(Occupant::generation).orElse(0L));
      last = Math.max(last, record.intent(replica).map(Intent::generation).orElse(0L));
      last =
          Math.max(
              last,
              record
                  .lock()
                  .filter(lock -> lock.holder().equals(replica))
                  .map(WakeLock::generation)
                  .orElse(0L));
    }
    return last + GENERATIONS_UNSEEN;
  }

  /**
   * Enters all devices as a sleeper without residue; ends what an earlier life left behind.
   *
   * @return why not: another life began in the meantime
   */
  public Optional<String> enrol(long generation, boolean popular, Duration minRuntime) {
    return enrol(generation, popular, minRuntime, Map.of());
  }

  /**
   * The same with a server that was taken over asleep.
   *
   * @param residual what it still holds of each device
   */
  public Optional<String> enrol(
      long generation, boolean popular, Duration minRuntime, Map<GpuId, Bytes> residual) {
    for (GpuId device : devices) {
      Bytes left = residual.getOrDefault(device, Bytes.ZERO);
      var enrol = new LedgerChange.Enrol(replica, generation, popular, minRuntime, left);
      if (change(device, enrol) instanceof Ruling.Refused refused) {
        return Optional.of(refused.detail());
      }
    }
    return Optional.empty();
  }

  /**
   * Enters this replica as a sleeper on the devices that have lost it, as far as is seen: somebody
   * deleted a GPU object, and it was made anew. Where it is entered nothing changes.
   *
   * @param residual what its server holds of each device
   */
  public void enterWhereLost(
      long generation, boolean popular, Duration minRuntime, Map<GpuId, Bytes> residual) {
    for (DeviceRecord seen : view()) {
      if (seen.occupant(replica).isEmpty()
          && store.read(List.of(seen.id())).getFirst().occupant(replica).isEmpty()) {
        Bytes left = residual.getOrDefault(seen.id(), Bytes.ZERO);
        change(seen.id(), new LedgerChange.Enrol(replica, generation, popular, minRuntime, left));
      }
    }
  }

  /**
   * Queues on all devices and lets go of all that a try to wake left behind.
   *
   * @param ready there is room on all devices, only a wake lock is missing
   */
  public void enlist(long generation, Instant since, Bytes needPerDevice, boolean ready) {
    onEach(new LedgerChange.Enlist(replica, generation, since, needPerDevice, ready));
  }

  /** Whether {@code records} show this generation awake, or about to be, on every device. */
  public boolean holds(List<DeviceRecord> records, long generation) {
    return records.stream()
        .map(record -> record.occupant(replica))
        .allMatch(mine ->
            mine.isPresent()
                && mine.get().generation() == generation
                && mine.get().state() != OccupantState.SLEEPING);
  }

  /** Asks the victims to leave, on every device where they are and this replica waits. */
  public Optional<String> nameVictims(long generation, Set<Victim> victims) {
    for (DeviceRecord record : view()) {
      var here = new HashSet<Victim>();
      for (Victim victim : victims) {
        if (record.occupant(victim.replica()).isPresent()) {
          here.add(victim);
        }
      }
      var name = new LedgerChange.NameVictims(replica, generation, here);
      Ruling ruling = change(record.id(), name);
      if (ruling instanceof Ruling.Refused refused) {
        return Optional.of(refused.detail());
      }
    }
    return Optional.empty();
  }

  /** What came of a claim. */
  public sealed interface ClaimOutcome {
    /** All devices are locked and claimed. */
    record Claimed() implements ClaimOutcome {}

    /**
     * Not now; the place in the queue is kept and nothing else held.
     *
     * @param locked there is room, but somebody else wakes there
     */
    record NotNow(String reason, boolean locked) implements ClaimOutcome {}

    /** A newer generation of this replica acts; this one has no more to say. */
    record Fenced() implements ClaimOutcome {}
  }

  /**
   * Locks all devices in sorted order, then claims all; on any refusal lets go of everything and
   * queues. After {@link LedgerUnavailable} a part may be held: claim again, or {@link #enlist}.
   */
  public ClaimOutcome claim(
      long generation, Instant since, Bytes needPerDevice, Instant lockExpiresAt) {
    Instant now = clock.instant();
    for (DeviceRecord record : view()) {
      Optional<WakeLock> lock = record.lock();
      if (lock.isPresent() && lock.get().isHeldAt(now) && !lock.get().holder().equals(replica)) {
        enlist(generation, since, needPerDevice, true);
        return new ClaimOutcome.NotNow(lock.get().holder().podName() + " is waking", true);
      }
    }
    var changes =
        List.of(
            new LedgerChange.TakeLock(replica, generation, lockExpiresAt),
            new LedgerChange.Claim(replica, generation, needPerDevice));
    for (LedgerChange change : changes) {
      for (GpuId device : devices) {
        if (change(device, change) instanceof Ruling.Refused refused) {
          boolean locked = refused.refusal() == Refusal.LOCKED;
          enlist(generation, since, needPerDevice, locked);
          return refused.refusal() == Refusal.FENCED
              ? new ClaimOutcome.Fenced()
              : new ClaimOutcome.NotNow(refused.detail(), locked);
        }
      }
    }
    return new ClaimOutcome.Claimed();
  }

  private Bytes residual(GpuId device) {
    return store
        .read(List.of(device))
        .getFirst()
        .occupant(replica)
        .map(Occupant::residual)
        .orElse(Bytes.ZERO);
  }

  /**
   * Records a verified wake.
   *
   * @param wantedPerDevice what to keep for it on each device, as far as there is room
   * @param switchCost what one sleep and one wake of it take together; zero if not known yet
   * @return why it may not serve, if it may not
   */
  public Optional<String> confirm(
      long generation, Map<GpuId, Bytes> measured, Bytes wantedPerDevice, Duration switchCost) {
    for (GpuId device : devices) {
      Bytes used = measured.getOrDefault(device, Bytes.ZERO);
      Ruling ruling =
          change(
              device,
              new LedgerChange.Confirm(replica, generation, used, wantedPerDevice, switchCost));
      if (ruling instanceof Ruling.Refused refused) {
        return Optional.of(refused.detail());
      }
    }
    return Optional.empty();
  }

  public void drain(long generation) {
    onEach(new LedgerChange.Drain(replica, generation));
  }

  /** Gives back memory, locks and places in the queue on all devices; only the residue stays. */
  public void release(long generation, Map<GpuId, Bytes> residual) {
    for (GpuId device : devices) {
      change(
          device,
          new LedgerChange.Release(replica, generation, residual.getOrDefault(device, Bytes.ZERO)));
    }
  }

  /** Gives back claims, locks and places, keeping each residue as it was last measured. */
  public void withdraw(long generation) {
    for (GpuId device : devices) {
      change(device, new LedgerChange.Release(replica, generation, residual(device)));
    }
  }

  /**
   * Reports use.
   *
   * @param idle nothing is in flight
   */
  public void touch(long generation, Instant accessed, boolean idle, Map<GpuId, Bytes> measured) {
    for (GpuId device : devices) {
      Bytes used = measured.getOrDefault(device, Bytes.ZERO);
      change(device, new LedgerChange.Touch(replica, generation, accessed, idle, used));
    }
  }

  /** Removes every trace of this replica. */
  public void forget(long generation) {
    onEach(new LedgerChange.Forget(replica, generation));
  }

  private void onEach(LedgerChange change) {
    for (GpuId device : devices) {
      change(device, change);
    }
  }

  private Ruling change(GpuId device, LedgerChange change) {
    return changeLastSeen(device, change).orElseGet(() -> changeAsItStands(device, change));
  }

  /**
   * Saves the read where nobody else wrote. What was last seen may be old: then it is not stored
   * and settles nothing, least of all a refusal.
   */
  private Optional<Ruling> changeLastSeen(GpuId device, LedgerChange change) {
    Optional<DeviceRecord> seen = store.lastSeen(device);
    if (seen.isPresent()
        && LedgerRules.apply(seen.get(), change, clock.instant())
            instanceof Ruling.Allowed(DeviceRecord next)
        && next != seen.get()) {
      if (store.compareAndSet(next)) {
        return Optional.of(new Ruling.Allowed(next));
      }
      onConflict.run();
    }
    return Optional.empty();
  }

  private Ruling changeAsItStands(GpuId device, LedgerChange change) {
    for (int attempt = 0; attempt < MAX_CAS_ATTEMPTS; attempt++) {
      DeviceRecord record = store.read(List.of(device)).getFirst();
      Ruling ruling = LedgerRules.apply(record, change, clock.instant());
      switch (ruling) {
        case Ruling.Refused refused -> {
          return refused;
        }
        case Ruling.Allowed(DeviceRecord next) -> {
          if (next == record || store.compareAndSet(next)) {
            return ruling;
          }
          onConflict.run();
        }
      }
    }
    throw new LedgerUnavailable(device + " changed " + MAX_CAS_ATTEMPTS + " times in a row");
  }
}
