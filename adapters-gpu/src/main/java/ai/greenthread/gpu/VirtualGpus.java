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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Devices of sizes that a user named, for machines without a GPU. Nothing is invented: a device's
 * use is the main memory which the processes attached to it, and their descendants, hold now, so
 * that what is told to be asleep has to give memory back here too. What such a device does not have
 * (utilisation, temperature, power) is absent.
 *
 * <p>Where simulated inference servers run, a file can be named in which they write the device
 * memory that they simulate. For a process in that file it counts what the file tells, on each of
 * its devices, in place of main memory; the inventory says that this is told and not measured.
 */
public final class VirtualGpus implements GpuProbe, VirtualGpuUsage {
  /** The product name, so that nobody takes one for hardware. */
  public static final String PRODUCT = "GreenThread Virtual GPU";

  static final String PROBE = "virtual GPUs";

  private final GpuInventory inventory;
  private final ProcessMemory memory;
  private final Optional<SimulatorLedger> simulated;
  private final Set<Attached> attached = ConcurrentHashMap.newKeySet();

  /**
   * @param node the node's name, for the ids and uuids
   * @param sizes memory of each device, in the order of their indexes; each above zero
   * @param memory measures the attached processes
   */
  public VirtualGpus(String node, List<Bytes> sizes, ProcessMemory memory) {
    this(node, sizes, memory, Optional.empty());
  }

  /**
   * @param simulatorLedger the file in which simulated inference servers write what they hold
   */
  public VirtualGpus(
      String node, List<Bytes> sizes, ProcessMemory memory, Optional<Path> simulatorLedger) {
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
    List<GpuInventory.Note> notes = new ArrayList<>();
    notes.add(
        new GpuInventory.Note(
            PROBE,
            "these devices are not hardware; what they hold is the main memory of the processes"
                + " that run on them"));
    simulatorLedger.ifPresent(file ->
        notes.add(
            new GpuInventory.Note(
                PROBE, "what simulators hold is told by them in " + file + ", not measured")));
    this.inventory = new GpuInventory(PROBE, devices, notes);
    this.memory = memory;
    this.simulated = simulatorLedger.map(SimulatorLedger::new);
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

  /**
   * By the process that was attached; its descendants' memory is in its own. Simulators that were
   * not attached are listed too.
   */
  @Override
  public GpuProcesses processes(GpuId gpu) {
    known(gpu);
    attached.removeIf(entry -> !entry.process().isAlive());
    Map<Integer, Map<Long, Bytes>> told = Map.of();
    if (simulated.isPresent()) {
      try {
        told = simulated.get().holdings();
      } catch (IOException e) {
        return GpuProcesses.unread("what simulators hold cannot be read from " + simulated.get());
      }
    }
    Map<Long, Bytes> here = new HashMap<>(told.getOrDefault(gpu.index(), Map.of()));
    Set<Long> simulators =
        told.values().stream().flatMap(all -> all.keySet().stream()).collect(Collectors.toSet());
    List<Attached> now = List.copyOf(attached);
    Map<Long, Bytes> held = new HashMap<>();
    List<String> gaps = new ArrayList<>();
    for (Attached entry : now) {
      if (!entry.gpu().equals(gpu)) {
        continue;
      }
      long pid = entry.process().pid();
      List<Long> simulating = simulators.isEmpty() ? List.of() : simulating(entry, simulators);
      if (!simulating.isEmpty()) {
        for (long simulator : simulating) {
          held.merge(
              pid, Optional.ofNullable(here.remove(simulator)).orElse(Bytes.ZERO), Bytes::plus);
        }
        continue;
      }
      long devices = now.stream().filter(e -> e.process().equals(entry.process())).count();
      memory
          .ofTree(pid)
          .ifPresentOrElse(
              bytes -> held.put(pid, bytes.times(1.0 / devices)),
              () -> gaps.add("the memory of process " + pid + " cannot be measured"));
    }
    held.putAll(here);
    return new GpuProcesses(held, gaps);
  }

  private static List<Long> simulating(Attached entry, Set<Long> simulators) {
    return Stream.concat(Stream.of(entry.process()), entry.process().descendants())
        .map(ProcessHandle::pid)
        .filter(simulators::contains)
        .toList();
  }

  private GpuDevice known(GpuId gpu) {
    return inventory.device(gpu).orElseThrow(() -> NoGpus.unknown(gpu, inventory));
  }
}
