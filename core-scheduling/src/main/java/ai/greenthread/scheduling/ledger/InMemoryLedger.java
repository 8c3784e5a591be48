package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The ledger of one machine: a map. It lives as long as the process whose runtimes it accounts. */
public final class InMemoryLedger implements GpuLedger {
  private final Map<GpuId, DeviceRecord> records = new ConcurrentHashMap<>();
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private final Map<GpuId, AtomicLong> overcommits = new ConcurrentHashMap<>();

  /** Adds a device; one that is known already keeps its record. */
  public void add(GpuId device, Bytes capacity) {
    overcommits.putIfAbsent(device, new AtomicLong());
    records.putIfAbsent(device, DeviceRecord.empty(device, capacity));
  }

  /** How often a stored record charged more than the device has; zero unless a rule is broken. */
  public long overcommits(GpuId device) {
    return overcommits.getOrDefault(device, new AtomicLong()).get();
  }

  /** The same for all devices together. */
  public long overcommits() {
    return overcommits.values().stream().mapToLong(AtomicLong::get).sum();
  }

  @Override
  public List<DeviceRecord> read(Collection<GpuId> devices) {
    var found = new ArrayList<DeviceRecord>(devices.size());
    for (GpuId device : devices) {
      DeviceRecord record = records.get(device);
      if (record == null) {
        throw new LedgerUnavailable(device + " is not in the ledger");
      }
      found.add(record);
    }
    return found;
  }

  @Override
  public boolean compareAndSet(DeviceRecord next) {
    DeviceRecord stored = next.at(next.version() + 1);
    boolean[] won = {false};
    records.computeIfPresent(
        next.id(),
        (id, present) -> {
          won[0] = present.version() == next.version();
          return won[0] ? stored : present;
        });
    if (won[0]) {
      if (stored.isOvercommitted()) {
        overcommits.computeIfAbsent(stored.id(), id -> new AtomicLong()).incrementAndGet();
      }
      for (Subscription subscription : subscriptions) {
        if (subscription.devices.contains(stored.id())) {
          subscription.listener.accept(stored);
        }
      }
    }
    return won[0];
  }

  @Override
  public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
    var subscription = new Subscription(Set.copyOf(devices), listener);
    subscriptions.add(subscription);
    return () -> subscriptions.remove(subscription);
  }

  /** Compared by identity: two watches with the same listener are two watches. */
  private static final class Subscription {
    private final Set<GpuId> devices;
    private final Consumer<DeviceRecord> listener;

    Subscription(Set<GpuId> devices, Consumer<DeviceRecord> listener) {
      this.devices = devices;
      this.listener = listener;
    }
  }
}
