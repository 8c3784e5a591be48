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

  /** Highest generation that any device remembers of this replica; 0 if none does. */
  public long lastGeneration() {
    return read().stream()
        .flatMap(record -> record.occupant(replica).stream())
        .mapToLong(Occupant::generation)
        .max()
        .orElse(0);
  }

  /** Enters all devices as a sleeper without residue; ends what an earlier life left behind. */
  public void enrol(long generation, boolean popular, Duration minRuntime) {
    onEach(new LedgerChange.Enrol(replica, generation, popular, minRuntime));
  }

  /** Queues on all devices. */
  public void enlist(long generation, Instant since, Bytes needPerDevice) {
    onEach(new LedgerChange.Enlist(replica, generation, since, needPerDevice));
  }

  /** Asks the victims to leave, on every device where they are and this replica waits. */
  public Optional<String> nameVictims(long generation, Set<Victim> victims) {
    for (GpuId device : devices) {
      DeviceRecord record = store.read(List.of(device)).getFirst();
      var here = new HashSet<Victim>();
      for (Victim victim : victims) {
        if (record.occupant(victim.replica()).isPresent()) {
          here.add(victim);
        }
      }
      Ruling ruling = change(device, new LedgerChange.NameVictims(replica, generation, here));
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

    /** Not now: somebody else wakes there, or was faster. Nothing is held. */
    record NotNow(String reason) implements ClaimOutcome {}

    /** A newer generation of this replica acts; this one has no more to say. */
    record Fenced() implements ClaimOutcome {}
  }

  /** Locks all devices in sorted order, then claims all; gives back everything on any failure. */
  public ClaimOutcome claim(long generation, Bytes needPerDevice, Instant lockExpiresAt) {
    var locked = new ArrayList<GpuId>();
    for (GpuId device : devices) {
      Ruling ruling = change(device, new LedgerChange.TakeLock(replica, generation, lockExpiresAt));
      if (ruling instanceof Ruling.Refused refused) {
        return giveUp(generation, locked, refused);
      }
      locked.add(device);
    }
    for (GpuId device : devices) {
      Ruling ruling = change(device, new LedgerChange.Claim(replica, generation, needPerDevice));
      if (ruling instanceof Ruling.Refused refused) {
        return giveUp(generation, devices, refused);
      }
    }
    return new ClaimOutcome.Claimed();
  }

  private ClaimOutcome giveUp(long generation, List<GpuId> touched, Ruling.Refused refused) {
    for (GpuId device : touched.reversed()) {
      Optional<Intent> place = store.read(List.of(device)).getFirst().intent(replica);
      Bytes residual = residual(device);
      change(device, new LedgerChange.Release(replica, generation, residual));
      place.ifPresent(intent ->
          change(
              device,
              new LedgerChange.Enlist(
                  replica, generation, intent.ticket().since(), intent.need())));
    }
    return refused.refusal() == Refusal.FENCED
        ? new ClaimOutcome.Fenced()
        : new ClaimOutcome.NotNow(refused.detail());
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
   * @return why it may not serve, if it may not
   */
  public Optional<String> confirm(
      long generation, Map<GpuId, Bytes> measured, Bytes wantedPerDevice) {
    for (GpuId device : devices) {
      Bytes used = measured.getOrDefault(device, Bytes.ZERO);
      Ruling ruling =
          change(device, new LedgerChange.Confirm(replica, generation, used, wantedPerDevice));
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

  public void touch(long generation, Instant accessed, Map<GpuId, Bytes> measured) {
    for (GpuId device : devices) {
      Bytes used = measured.getOrDefault(device, Bytes.ZERO);
      change(device, new LedgerChange.Touch(replica, generation, accessed, used));
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
