package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.domain.gpu.ProcessMemory;
import ai.greenthread.domain.model.Model;
import ai.greenthread.gpu.DetectedGpus;
import ai.greenthread.http.runtime.FootprintMeter;
import ai.greenthread.runtimes.simulated.GpuLedgerFile;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.InMemoryLedger;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The machine's devices: what there is, who holds what of it, and how that is measured. */
final class GpuFleet implements FootprintMeter, AutoCloseable {
  /** Kept free on a physical device for the driver and for what engines take beside their pools. */
  private static final Bytes PHYSICAL_HEADROOM = Bytes.ofMiB(512);

  private final DetectedGpus gpus;
  private final ProcessMemory memory;
  private final Path simulatorLedger;
  private final GpuLedgerFile simulators;
  private final InMemoryLedger ledger = new InMemoryLedger();

  /**
   * @param simulatorLedger the file in which simulated servers say what they hold of virtual
   *     devices
   */
  GpuFleet(DetectedGpus gpus, ProcessMemory memory, Path simulatorLedger) {
    this.gpus = gpus;
    this.memory = memory;
    this.simulatorLedger = simulatorLedger;
    this.simulators = new GpuLedgerFile(simulatorLedger);
    for (GpuDevice device : devices()) {
      Bytes headroom = device.virtual() ? Bytes.ZERO : PHYSICAL_HEADROOM;
      ledger.add(device.id(), device.total().minusOrZero(headroom));
    }
  }

  InMemoryLedger ledger() {
    return ledger;
  }

  List<GpuDevice> devices() {
    return gpus.inventory().devices();
  }

  /** The product as the node label and {@code spec.product} spell it: hyphens for spaces. */
  static String label(GpuDevice device) {
    return device.product().strip().replace(' ', '-');
  }

  /** What the probes had to say: who was asked in vain, and why. */
  List<String> notes() {
    return gpus.inventory().notes().stream().map(Object::toString).toList();
  }

  boolean virtual() {
    return devices().stream().allMatch(GpuDevice::virtual);
  }

  DeviceRecord record(GpuId device) {
    return ledger.read(List.of(device)).getFirst();
  }

  /** Memory of a device that is never handed out. */
  Bytes headroom(GpuDevice device) {
    return device.total().minusOrZero(record(device.id()).capacity());
  }

  GpuReading reading(GpuId device) {
    return gpus.read(device);
  }

  Map<GpuId, Bytes> capacities() {
    var capacities = new HashMap<GpuId, Bytes>();
    for (GpuDevice device : devices()) {
      capacities.put(device.id(), record(device.id()).capacity());
    }
    return capacities;
  }

  @Override
  public Map<GpuId, Bytes> measure(long pid, List<GpuId> devices) throws RuntimeFailure {
    return virtual() ? measureVirtual(pid, devices) : measurePhysical(pid, devices);
  }

  /** The Model as a server on these devices is to be started from. */
  Model onDevices(Model model, List<GpuId> devices, Bytes need) {
    if (!virtual()) {
      return model;
    }
    Map<GpuId, Bytes> capacities = capacities();
    Bytes smallest = devices.stream().map(capacities::get).reduce(Bytes::min).orElse(Bytes.ZERO);
    return SimulatedMemory.on(model, devices.size(), smallest, need, simulatorLedger);
  }

  /**
   * On virtual devices a process holds what it says that it holds, if it is a simulated server, and
   * else what it has resident, in equal parts.
   */
  private Map<GpuId, Bytes> measureVirtual(long pid, List<GpuId> devices) throws RuntimeFailure {
    devices.forEach(device -> gpus.usage().attach(device, pid));
    List<GpuLedgerFile.Holding> said = said(pid);
    return said.isEmpty() ? measureResident(pid, devices) : sums(said, devices);
  }

  private List<GpuLedgerFile.Holding> said(long pid) throws RuntimeFailure {
    try {
      List<GpuLedgerFile.Holding> all = simulators.holdings();
      if (all.isEmpty()) {
        return all;
      }
      List<Long> tree = tree(pid);
      return all.stream().filter(holding -> tree.contains(holding.pid())).toList();
    } catch (IOException e) {
      throw new RuntimeFailure("what simulated servers hold cannot be read", e);
    }
  }

  private static Map<GpuId, Bytes> sums(List<GpuLedgerFile.Holding> said, List<GpuId> devices) {
    var held = new HashMap<GpuId, Bytes>();
    for (GpuId device : devices) {
      long bytes =
          said.stream()
              .filter(holding -> holding.device() == device.index())
              .mapToLong(GpuLedgerFile.Holding::bytes)
              .sum();
      held.put(device, Bytes.of(bytes));
    }
    return held;
  }

  private Map<GpuId, Bytes> measureResident(long pid, List<GpuId> devices) throws RuntimeFailure {
    Bytes resident =
        memory
            .ofTree(pid)
            .orElseThrow(
                () -> new RuntimeFailure("the memory of process " + pid + " cannot be read"));
    var held = new HashMap<GpuId, Bytes>();
    for (GpuId device : devices) {
      held.put(device, resident.times(1.0 / devices.size()));
    }
    return held;
  }

  private Map<GpuId, Bytes> measurePhysical(long pid, List<GpuId> devices) throws RuntimeFailure {
    List<Long> tree = tree(pid);
    var held = new HashMap<GpuId, Bytes>();
    for (GpuId device : devices) {
      held.put(
          device,
          gpus.processes(device)
              .heldBy(tree)
              .orElseThrow(() ->
                  new RuntimeFailure(
                      "the driver does not tell what process " + pid + " holds on " + device)));
    }
    return held;
  }

  private static List<Long> tree(long pid) {
    var pids = new ArrayList<Long>();
    pids.add(pid);
    ProcessHandle.of(pid)
        .ifPresent(root -> root.descendants().forEach(child -> pids.add(child.pid())));
    return pids;
  }

  @Override
  public void close() {
    gpus.close();
  }
}
