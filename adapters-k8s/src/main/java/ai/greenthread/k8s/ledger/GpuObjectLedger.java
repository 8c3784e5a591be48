package ai.greenthread.k8s.ledger;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The ledger of a cluster: one GPU object a device, its {@code resourceVersion} the version, a
 * conditional patch of its status the compare-and-swap. A read is answered from etcd, so that a
 * replica always sees what it has written. Of devices that are watched it remembers besides what
 * was last seen, by a read, a write or the watch, to try a write from.
 *
 * <p>A record's version is the object's resourceVersion as a number, which also grows with what the
 * agent reports; a conflict may therefore mean a new temperature and no rival.
 */
public final class GpuObjectLedger implements GpuLedger {
  private static final int CONFLICT = 409;

  private final JsonApi api;
  private final String namespace;
  private final RandomGenerator random;

  /** Of watched devices. */
  private final Map<GpuId, Seen> seen = new ConcurrentHashMap<>();

  /**
   * What is known of a device.
   *
   * @param watches how many there are
   */
  private record Seen(int watches, Optional<DeviceRecord> last) {
    Seen with(DeviceRecord record) {
      boolean older = last.isPresent() && last.get().version() > record.version();
      return older ? this : new Seen(watches, Optional.of(record));
    }
  }

  /**
   * @param api its time limit is how long a read or a write may take before it counts as failed
   * @param namespace where the GPU objects are
   * @param random spreads the reconnections of many replicas
   */
  public GpuObjectLedger(JsonApi api, String namespace, RandomGenerator random) {
    this.api = api;
    this.namespace = namespace;
    this.random = random;
  }

  @Override
  public List<DeviceRecord> read(Collection<GpuId> devices) {
    List<DeviceRecord> records = new ArrayList<>(devices.size());
    for (GpuId device : devices) {
      records.add(read(device));
    }
    return records;
  }

  private DeviceRecord read(GpuId device) {
    Answer answer;
    try {
      answer = api.get(Resource.GPU.path(namespace, device.objectName()));
    } catch (IOException e) {
      throw new LedgerUnavailable(device + " cannot be read: " + e.getMessage(), e);
    }
    if (!answer.ok()) {
      throw new LedgerUnavailable(device + " cannot be read: " + answer.describe());
    }
    try {
      return see(GpuObjects.read(answer.body()));
    } catch (IllegalArgumentException e) {
      throw new LedgerUnavailable(device + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean compareAndSet(DeviceRecord next) {
    String path = Resource.GPU.statusPath(namespace, next.id().objectName());
    Answer answer;
    try {
      answer = api.mergePatch(path, GpuObjects.patch(next));
    } catch (IOException e) {
      throw new LedgerUnavailable(
          "whether " + next.id() + " was written is unknown: " + e.getMessage(), e);
    }
    if (answer.status() == CONFLICT) {
      return false;
    }
    if (!answer.ok()) {
      throw new LedgerUnavailable(next.id() + " cannot be written: " + answer.describe());
    }
    see(next.at(GpuObjects.version(answer.body())));
    return true;
  }

  @Override
  public Optional<DeviceRecord> lastSeen(GpuId device) {
    return Optional.ofNullable(seen.get(device)).flatMap(Seen::last);
  }

  private DeviceRecord see(DeviceRecord record) {
    seen.computeIfPresent(record.id(), (id, before) -> before.with(record));
    return record;
  }

  private void forget(GpuId device) {
    seen.computeIfPresent(
        device,
        (id, before) ->
            before.watches() == 1 ? null : new Seen(before.watches() - 1, before.last()));
  }

  @Override
  public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
    Map<GpuId, DeviceWatch> watches = new LinkedHashMap<>();
    for (GpuId device : devices) {
      watches.computeIfAbsent(
          device,
          fresh ->
              new DeviceWatch(
                  api, namespace, fresh, random, record -> listener.accept(see(record))));
    }
    for (GpuId device : watches.keySet()) {
      seen.merge(
          device,
          new Seen(1, Optional.empty()),
          (before, one) -> new Seen(before.watches() + 1, before.last()));
    }
    watches.values().forEach(DeviceWatch::start);
    AtomicBoolean ended = new AtomicBoolean();
    return () -> {
      watches.values().forEach(DeviceWatch::close);
      if (!ended.getAndSet(true)) {
        watches.keySet().forEach(this::forget);
      }
    };
  }
}
