package ai.greenthread.gpu;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuProcesses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/**
 * Measures what the pods of a node hold of its devices: the driver tells which process holds how
 * much, {@code /proc} whose each process is. Safe for use by several threads.
 */
public final class PodMemoryMeter {
  /** A process may end between the two questions, so a device is asked again so often. */
  private static final int ASKINGS = 3;

  private final DetectedGpus gpus;
  private final ProcessOwners owners;
  private final VirtualPods virtual;

  public PodMemoryMeter(DetectedGpus gpus, ProcessOwners owners) {
    this.gpus = gpus;
    this.owners = owners;
    this.virtual =
        new VirtualPods(
            gpus.usage(),
            owners,
            gpus.inventory().devices().stream()
                .filter(GpuDevice::virtual)
                .map(GpuDevice::id)
                .toList());
  }

  /** Asks all devices now. */
  public PodMemory measure() {
    Tally tally = new Tally();
    tally.gaps.addAll(virtual.attach());
    for (GpuDevice device : gpus.inventory().devices()) {
      tally.devices.add(device.id());
      ask(device.id(), tally);
    }
    return new PodMemory(tally.devices, tally.held, tally.inUse, List.copyOf(tally.gaps));
  }

  private void ask(GpuId device, Tally tally) {
    for (int asking = 1; ; asking++) {
      GpuProcesses processes = gpus.processes(device);
      Map<Long, ProcessOwners.Owner> whose = new LinkedHashMap<>();
      processes.memory().keySet().forEach(pid -> whose.put(pid, owners.of(pid)));
      boolean ended = whose.containsValue(new ProcessOwners.Owner.NotThere());
      if (!ended || asking == ASKINGS) {
        tally.take(device, processes, whose);
        return;
      }
    }
  }

  /** What is known so far of one measurement. */
  private static final class Tally {
    private final SequencedSet<GpuId> devices = new LinkedHashSet<>();
    private final Map<String, Map<GpuId, Bytes>> held = new HashMap<>();
    private final SequencedSet<GpuId> inUse = new LinkedHashSet<>();
    private final List<String> gaps = new ArrayList<>();

    private void take(GpuId device, GpuProcesses processes, Map<Long, ProcessOwners.Owner> whose) {
      processes.gaps().forEach(gap -> gaps.add(device + ": " + gap));
      if (!processes.complete() || !processes.memory().isEmpty()) {
        inUse.add(device);
      }
      whose.forEach((pid, owner) -> {
        Bytes bytes = processes.memory().getOrDefault(pid, Bytes.ZERO);
        switch (owner) {
          case ProcessOwners.Owner.Pod(String uid) ->
              held.computeIfAbsent(uid, _ -> new HashMap<>()).merge(device, bytes, Bytes::plus);
          case ProcessOwners.Owner.NoPod() -> {}
          case ProcessOwners.Owner.Unknown(String reason) -> gaps.add(device + ": " + reason);
          case ProcessOwners.Owner.NotThere() ->
              gaps.add(
                  device
                      + ": process "
                      + pid
                      + " holds memory and is not to be seen from here; the agent has to see the"
                      + " host's processes (hostPID)");
        }
      });
    }
  }
}
