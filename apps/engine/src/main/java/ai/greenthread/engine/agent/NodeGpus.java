package ai.greenthread.engine.agent;

import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.gpu.DetectedGpus;
import ai.greenthread.gpu.PodMemory;
import ai.greenthread.gpu.PodMemoryMeter;
import ai.greenthread.gpu.ProbeSettings;
import ai.greenthread.gpu.Probes;
import ai.greenthread.gpu.ProcessOwners;
import ai.greenthread.k8s.gpus.NodeView;
import ai.greenthread.k8s.gpus.ObservedGpu;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The devices of this node. Where none was found they are looked for again, as a driver may be
 * installed after the agent has started; once there is one, the list stays.
 */
final class NodeGpus implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NodeGpus.class.getName());

  /** No node carries more; only so many are asked for by name. */
  private static final int MOST_DEVICES = 256;

  private final Supplier<DetectedGpus> detect;
  private final ProcessOwners owners = new ProcessOwners(Path.of("/proc"));
  private final String node;
  private volatile Found found;
  private List<GpuInventory.Note> said = List.of();

  private record Found(DetectedGpus gpus, PodMemoryMeter meter) {}

  private NodeGpus(String node, Supplier<DetectedGpus> detect) {
    this.node = node;
    this.detect = detect;
    this.found = look();
  }

  /** Looks for them now. */
  static NodeGpus find(AgentConfig config) {
    ProbeSettings settings = ProbeSettings.defaults(config.node());
    if (config.nvmlLibrary().isPresent()) {
      settings = settings.withNvmlLibrary(config.nvmlLibrary().get());
    }
    if (!config.virtualGpus().isEmpty()) {
      settings =
          settings.withVirtual(config.virtualGpus(), ProbeSettings.VirtualUse.INSTEAD_OF_REAL_GPUS);
    }
    if (config.simulatorLedger().isPresent()) {
      settings = settings.withSimulatorLedger(config.simulatorLedger().get());
    }
    ProbeSettings all = settings;
    return new NodeGpus(config.node(), () -> Probes.detect(all));
  }

  private Found look() {
    DetectedGpus gpus = detect.get();
    GpuInventory inventory = gpus.inventory();
    if (!inventory.notes().equals(said) || !inventory.devices().isEmpty()) {
      said = inventory.notes();
      LOG.log(
          System.Logger.Level.INFO,
          "{0} GPUs by {1}",
          inventory.devices().size(),
          inventory.source());
      said.forEach(note -> LOG.log(System.Logger.Level.WARNING, "{0}", note));
    }
    return new Found(gpus, new PodMemoryMeter(gpus, owners));
  }

  /** What the pods hold now. Where no device can be seen nothing is known of any. */
  PodMemory podMemory() throws InterruptedException {
    Found now = found;
    GpuInventory inventory = now.gpus().inventory();
    return inventory.devices().isEmpty()
        ? new PodMemory(
            new LinkedHashSet<>(),
            Map.of(),
            new LinkedHashSet<>(),
            List.of(new PodMemory.Gap(Optional.empty(), why(inventory))))
        : now.meter().measure();
  }

  private static String why(GpuInventory inventory) {
    return inventory.notes().stream()
        .map(GpuInventory.Note::toString)
        .collect(Collectors.joining("; "));
  }

  /** The devices as they are now; only one thread may ask for it. */
  NodeView view() throws InterruptedException {
    if (found.gpus().inventory().devices().isEmpty()) {
      Found before = found;
      found = look();
      before.gpus().close();
    }
    Found now = found;
    GpuInventory inventory = now.gpus().inventory();
    if (inventory.devices().isEmpty()) {
      return new NodeView(node, List.of(), Map.of(), Optional.of(why(inventory)));
    }
    PodMemory memory = now.meter().measure();
    Map<GpuId, String> leftOut = new HashMap<>();
    for (int index = 0; index < MOST_DEVICES; index++) {
      GpuId id = new GpuId(node, index);
      inventory.whyLeftOut(id).ifPresent(why -> leftOut.put(id, why));
    }
    return new NodeView(node, observed(now.gpus(), memory), leftOut, Optional.empty());
  }

  /** All are read at once, so that drivers that are stuck are waited for once. */
  private static List<ObservedGpu> observed(DetectedGpus gpus, PodMemory memory)
      throws InterruptedException {
    List<ObservedGpu> observed = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<GpuDevice, Future<GpuReading>> readings = new HashMap<>();
      for (GpuDevice device : gpus.inventory().devices()) {
        readings.put(device, threads.submit(() -> gpus.read(device.id())));
      }
      for (GpuDevice device : gpus.inventory().devices()) {
        Future<GpuReading> reading = readings.get(device);
        if (reading != null) {
          observed.add(
              new ObservedGpu(device, reading.get(), memory.inUse().contains(device.id())));
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a device cannot be read", e.getCause());
    }
    return observed;
  }

  @Override
  public void close() {
    found.gpus().close();
  }
}
