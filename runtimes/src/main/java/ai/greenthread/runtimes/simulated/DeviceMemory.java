package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.simulated.GpuLedgerFile.OutOfMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one simulator holds on its devices and in main memory. Awake, every device holds its share
 * of the weights and a KV cache that fills the rest of the utilisation; asleep, the residue.
 */
final class DeviceMemory {
  private final String owner;
  private final List<Integer> devices;
  private final long capacity;
  private final long weightsEach;
  private final long residue;
  private final long cacheEach;
  private final long realBytes;
  private final Optional<GpuLedgerFile> ledger;
  private final RealMemory real = new RealMemory();
  private long heldEach;
  private long hostBytes;

  /**
   * @param owner tells simulators of one process apart
   */
  DeviceMemory(SimulatorConfig config, String owner) {
    this.owner = owner;
    this.devices = config.get(Knobs.DEVICES).list();
    this.capacity = config.get(Knobs.GPU_MEMORY);
    this.weightsEach = config.get(Knobs.WEIGHTS) / devices.size();
    this.residue = config.get(Knobs.RESIDUE);
    long budget = (long) (config.get(Knobs.GPU_MEMORY_UTILIZATION) * capacity);
    this.cacheEach = budget - weightsEach - residue;
    this.realBytes = config.get(Knobs.REAL_MEMORY);
    String file = config.get(Knobs.LEDGER);
    this.ledger = file.isEmpty() ? Optional.empty() : Optional.of(new GpuLedgerFile(Path.of(file)));
  }

  /** False where the weights leave no room for a KV cache. */
  boolean hasRoomForCache() {
    return cacheEach > 0;
  }

  /** Bytes of the KV cache over all devices. */
  long cacheBytes() {
    return Math.max(0, cacheEach) * devices.size();
  }

  /**
   * Holds the parts that are awake.
   *
   * @param host bytes of weights kept in main memory meanwhile
   * @throws OutOfMemory where a device has no room; then nothing has changed
   */
  synchronized void hold(boolean weights, boolean cache, long host) throws OutOfMemory {
    set(residue + (weights ? weightsEach : 0) + (cache ? Math.max(0, cacheEach) : 0));
    hostBytes = host;
  }

  /** Takes a share of what its fullest device has free, as a wake does that fails half-way. */
  synchronized void leak(double share) throws OutOfMemory {
    long free = capacity - heldEach;
    for (int device : devices) {
      free = Math.min(free, capacity - used(device));
    }
    set(heldEach + (long) (Math.max(0, free) * share));
  }

  private long used(int device) {
    try {
      return ledger.isPresent() ? ledger.get().usedBytes(device) : heldEach;
    } catch (IOException _) {
      return capacity;
    }
  }

  /** Gives everything back, as the end of a process does. */
  synchronized void release() {
    heldEach = 0;
    hostBytes = 0;
    real.hold(0);
    try {
      if (ledger.isPresent()) {
        ledger.get().set(owner, Map.of(), capacity);
      }
    } catch (OutOfMemory e) {
      throw new IllegalStateException("giving memory back cannot need any", e);
    }
  }

  private void set(long each) throws OutOfMemory {
    if (each > capacity) {
      throw new OutOfMemory(devices.getFirst(), each, capacity);
    }
    if (ledger.isPresent()) {
      Map<Integer, Long> holdings = new LinkedHashMap<>();
      devices.forEach(device -> holdings.put(device, each));
      ledger.get().set(owner, holdings, capacity);
    }
    heldEach = each;
    long awake = residue + weightsEach + Math.max(0, cacheEach);
    boolean asleep = each <= residue;
    real.hold(asleep ? 0 : (long) ((double) realBytes * each / awake));
  }

  synchronized Map<Integer, Long> heldByDevice() {
    Map<Integer, Long> held = new LinkedHashMap<>();
    devices.forEach(device -> held.put(device, heldEach));
    return held;
  }

  synchronized long hostBytes() {
    return hostBytes;
  }

  synchronized long realBytes() {
    return real.bytes();
  }
}
