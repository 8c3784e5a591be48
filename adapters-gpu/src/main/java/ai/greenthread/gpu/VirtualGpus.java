package ai.greenthread.gpu;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuKind;
import ai.greenthread.domain.gpu.GpuProbe;
import ai.greenthread.domain.gpu.GpuProcesses;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.domain.gpu.ProcessMemory;
import ai.greenthread.domain.gpu.VirtualGpuUsage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Devices of sizes that a user named, for machines without a GPU. Nothing is invented: a device's
 * use is the main memory which the processes attached to it, and their descendants, hold now, so
 * that what is told to be asleep has to give memory back here too. What such a device does not have
 * (utilisation, temperature, power) is absent.
 */
public final class VirtualGpus implements GpuProbe, VirtualGpuUsage {
  /** The product name, so that nobody takes one for hardware. */
  public static final String PRODUCT = "GreenThread Virtual GPU";

  static final String PROBE = "virtual GPUs";

  private final GpuInventory inventory;
  private final ProcessMemory memory;
  private final Set<Attached> attached = ConcurrentHashMap.newKeySet();

  /**
   * @param node the node's name, for the ids and uuids
   * @param sizes memory of each device, in the order of their indexes; each above zero
   * @param memory measures the attached processes
   */
  public VirtualGpus(String node, List<Bytes> sizes, ProcessMemory memory) {
    List<GpuDevice> devices = new ArrayList<>();
    for (int index = 0; index < sizes.size(); index++) {
      devices.add(
          new GpuDevice(
              new GpuId(node, index),
              "VGPU-" + node + "-" + index,
              PRODUCT,
              sizes.get(index),
              GpuKind.VIRTUAL,
              false));
    }
    this.inventory =
        new GpuInventory(
            PROBE,
            devices,
            List.of(
                new GpuInventory.Note(
                    PROBE,
                    "these devices are not hardware; what they hold is the main memory of the"
                        + " processes that run on them")));
    this.memory = memory;
  }

  /** A handle tells its process from a later one with the same id, by its start time. */
  private record Attached(GpuId gpu, ProcessHandle process) {}

  @Override
  public void attach(GpuId gpu, long pid) {
    known(gpu);
    ProcessHandle.of(pid).ifPresent(process -> attached.add(new Attached(gpu, process)));
  }

  @Override
  public void detach(GpuId gpu, long pid) {
    attached.removeIf(entry -> entry.gpu().equals(gpu) && entry.process().pid() == pid);
  }

  @Override
  public GpuInventory inventory() {
    return inventory;
  }

  @Override
  public GpuReading read(GpuId gpu) {
    Bytes total = known(gpu).total();
    GpuProcesses held = processes(gpu);
    if (!held.complete()) {
      return GpuReading.unread(new GpuHealth.Degraded(String.join("; ", held.gaps())));
    }
    Bytes used = held.memory().values().stream().reduce(Bytes.ZERO, Bytes::plus);
    return new GpuReading(
        Optional.of(used),
        Optional.of(total.minusOrZero(used)),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalDouble.empty(),
        used.fitsIn(total)
            ? GpuHealth.HEALTHY
            : new GpuHealth.Degraded(
                "its processes hold %s, more than the %s it has: hardware would have refused them"
                    .formatted(used, total)));
  }

  /** By the process that was attached; its descendants' memory is in its own. */
  @Override
  public GpuProcesses processes(GpuId gpu) {
    known(gpu);
    attached.removeIf(entry -> !entry.process().isAlive());
    List<Attached> now = List.copyOf(attached);
    Map<Long, Bytes> held = new HashMap<>();
    List<String> gaps = new ArrayList<>();
    for (Attached entry : now) {
      if (entry.gpu().equals(gpu)) {
        long pid = entry.process().pid();
        long devices = now.stream().filter(e -> e.process().equals(entry.process())).count();
        memory
            .ofTree(pid)
            .ifPresentOrElse(
                bytes -> held.put(pid, bytes.times(1.0 / devices)),
                () -> gaps.add("the memory of process " + pid + " cannot be measured"));
      }
    }
    return new GpuProcesses(held, gaps);
  }

  private GpuDevice known(GpuId gpu) {
    return inventory.device(gpu).orElseThrow(() -> NoGpus.unknown(gpu, inventory));
  }
}
