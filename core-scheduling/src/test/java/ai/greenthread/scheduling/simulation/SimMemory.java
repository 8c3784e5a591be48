package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import java.util.HashMap;
import java.util.Map;

/** What is physically in use on each device, whatever the ledger believes. */
final class SimMemory {
  private final Map<GpuId, Device> devices = new HashMap<>();
  private final long capacity;

  SimMemory(Iterable<GpuId> devices, Bytes capacity) {
    devices.forEach(device -> this.devices.put(device, new Device()));
    this.capacity = capacity.count();
  }

  private static final class Device {
    private final Map<ReplicaId, Long> used = new HashMap<>();
    private final Map<ReplicaId, Long> ghosts = new HashMap<>();

    private long sum() {
      long sum = 0;
      for (long bytes : used.values()) {
        sum += bytes;
      }
      for (long bytes : ghosts.values()) {
        sum += bytes;
      }
      return sum;
    }
  }

  /**
   * A server takes or gives back memory.
   *
   * @return false when the device does not have so much; then nothing changes
   */
  boolean set(ReplicaId replica, GpuId device, Bytes total) {
    Device here = on(device);
    long before = here.used.getOrDefault(replica, 0L);
    if (total.count() > before && here.sum() - before + total.count() > capacity) {
      return false;
    }
    here.used.put(replica, total.count());
    return true;
  }

  /** Memory that nobody uses any more and that the driver has not taken back yet. */
  void ghost(ReplicaId replica, GpuId device, Bytes total) {
    on(device).ghosts.put(replica, total.count());
  }

  Bytes of(ReplicaId replica, GpuId device) {
    Device here = on(device);
    return Bytes.of(here.used.getOrDefault(replica, 0L) + here.ghosts.getOrDefault(replica, 0L));
  }

  long sum(GpuId device) {
    return on(device).sum();
  }

  long capacity() {
    return capacity;
  }

  private Device on(GpuId device) {
    Device here = devices.get(device);
    if (here == null) {
      throw new IllegalArgumentException(device + " does not exist");
    }
    return here;
  }
}
