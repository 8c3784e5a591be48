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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The ledger of a cluster: one GPU object a device, its {@code resourceVersion} the version, a
 * conditional patch of its status the compare-and-swap. Nothing is cached: a read is answered from
 * etcd, so that a replica always sees what it has written.
 *
 * <p>A record's version is the object's resourceVersion as a number, which also grows with what the
 * agent reports; a conflict may therefore mean a new temperature and no rival.
 */
public final class GpuObjectLedger implements GpuLedger {
  private static final int CONFLICT = 409;

  private final JsonApi api;
  private final String namespace;
  private final RandomGenerator random;

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
      return GpuObjects.read(answer.body());
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
    return true;
  }

  @Override
  public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
    List<DeviceWatch> watches = new ArrayList<>();
    for (GpuId device : new LinkedHashSet<>(devices)) {
      watches.add(new DeviceWatch(api, namespace, device, random, listener));
    }
    watches.forEach(DeviceWatch::start);
    return () -> watches.forEach(DeviceWatch::close);
  }
}
