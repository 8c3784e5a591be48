package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.InMemoryLedger;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The in-memory ledger behind a network: every call takes time, others write in between, answers
 * get lost, and watches are late, out of order or leave records out, though never the last one.
 */
final class SimStore {
  private static final int LATEST = 4;

  private final World world;
  private final InMemoryLedger records = new InMemoryLedger();
  private final List<Subscription> subscriptions = new ArrayList<>();
  private final LedgerAudit audit;
  private final Map<GpuId, Deque<DeviceRecord>> latest = new HashMap<>();
  private final Map<GpuId, Long> told = new HashMap<>();
  private long awayUntil;

  SimStore(World world, Fleet fleet) {
    this.world = world;
    this.audit = new LedgerAudit(world, fleet);
    fleet.devices().forEach(device -> records.add(device, fleet.capacity()));
  }

  /** The ledger as one life of one sidecar reaches it. */
  GpuLedger reachedBy(LedgerAudit.Writer writer) {
    return new GpuLedger() {
      @Override
      public List<DeviceRecord> read(Collection<GpuId> devices) {
        return SimStore.this.read(devices);
      }

      @Override
      public Optional<DeviceRecord> lastSeen(GpuId device) {
        return SimStore.this.lastSeen(device);
      }

      @Override
      public boolean compareAndSet(DeviceRecord next) {
        return SimStore.this.compareAndSet(next, writer);
      }

      @Override
      public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
        return SimStore.this.watch(devices, listener);
      }
    };
  }

  private record Subscription(Set<GpuId> devices, Consumer<DeviceRecord> listener) {}

  /** A record as it stands, for the checks. */
  DeviceRecord peek(GpuId device) {
    return records.read(List.of(device)).getFirst();
  }

  long overcommits() {
    return records.overcommits();
  }

  private List<DeviceRecord> read(Collection<GpuId> devices) {
    travel();
    if (devices.size() == 1) {
      return records.read(devices);
    }
    var found = new ArrayList<DeviceRecord>();
    for (GpuId device : devices) {
      found.add(peek(device));
      travel();
    }
    return found;
  }

  /** One of the latest records, whichever that is no older than any that was told. */
  private Optional<DeviceRecord> lastSeen(GpuId device) {
    long least = told.getOrDefault(device, 0L);
    List<DeviceRecord> seen =
        latest.getOrDefault(device, new ArrayDeque<>()).stream()
            .filter(record -> record.version() >= least)
            .toList();
    return seen.isEmpty()
        ? Optional.empty()
        : Optional.of(seen.get(world.random().nextInt(seen.size())));
  }

  private boolean compareAndSet(DeviceRecord next, LedgerAudit.Writer writer) {
    travel();
    if (world.faults().strikes(Fault.STORE_FAILS_BEFORE)) {
      throw new LedgerUnavailable("connection refused");
    }
    if (world.faults().strikes(Fault.CAS_CONFLICT)) {
      records.compareAndSet(peek(next.id()));
    }
    DeviceRecord before = peek(next.id());
    if (!records.compareAndSet(next)) {
      world.coverage().count("conflict");
      return false;
    }
    DeviceRecord stored = peek(next.id());
    audit.stored(before, stored, writer);
    remember(stored);
    tell(stored);
    if (world.faults().strikes(Fault.STORE_FAILS_AFTER)) {
      throw new LedgerUnavailable("connection reset");
    }
    if (world.random().nextInt(8) == 0) {
      pause(world.between(0, 3_000_000));
    }
    return true;
  }

  private void remember(DeviceRecord stored) {
    Deque<DeviceRecord> seen = latest.computeIfAbsent(stored.id(), none -> new ArrayDeque<>());
    seen.add(stored);
    if (seen.size() > LATEST) {
      seen.remove();
    }
  }

  /** A caller that is interrupted does not learn what became of its call. */
  private void pause(long nanos) {
    try {
      world.fibers().sleep(nanos);
    } catch (InterruptedException _) {
      throw new LedgerUnavailable("interrupted");
    }
  }

  /** Mostly at once; now and then long enough for others to come in between. */
  private void travel() {
    boolean slow = world.faults().strikes(Fault.STORE_SLOW);
    if (world.random().nextInt(3) == 0) {
      pause(world.between(0, slow ? 2_000_000_000L : 3_000_000));
    }
    if (world.faults().strikes(Fault.STORE_OUTAGE)) {
      awayUntil = world.time().nanos() + world.between(0, 15_000_000_000L);
    }
    if (world.time().nanos() < awayUntil) {
      pause(world.between(1_000_000, 12_000_000_000L));
      throw new LedgerUnavailable("no route to the ledger");
    }
  }

  private void tell(DeviceRecord stored) {
    for (Subscription subscription : List.copyOf(subscriptions)) {
      if (subscription.devices.contains(stored.id())) {
        boolean late = world.faults().strikes(Fault.WATCH_LATE);
        boolean skips = world.faults().strikes(Fault.WATCH_SKIPS);
        world
            .time()
            .after(
                world.between(0, late ? 3_000_000_000L : 2_000_000),
                "watched",
                stored.id(),
                () -> {
                  if (subscriptions.contains(subscription)) {
                    DeviceRecord news = skips ? peek(stored.id()) : stored;
                    told.merge(news.id(), news.version(), Math::max);
                    subscription.listener.accept(news);
                  }
                });
      }
    }
  }

  private GpuLedger.Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
    var subscription = new Subscription(Set.copyOf(devices), listener);
    subscriptions.add(subscription);
    return () -> subscriptions.remove(subscription);
  }

  /** What the ledger says is taken, by device. */
  Map<GpuId, Bytes> charged(Collection<GpuId> devices) {
    var charged = new HashMap<GpuId, Bytes>();
    devices.forEach(device -> charged.put(device, peek(device).charged()));
    return charged;
  }

  void heal() {
    awayUntil = 0;
  }
}
