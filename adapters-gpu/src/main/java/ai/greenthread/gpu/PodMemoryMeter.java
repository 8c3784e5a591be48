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
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

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

  /**
   * Asks all devices now, at the same time, so that drivers that are stuck are waited for once.
   *
   * @throws InterruptedException when the caller is; there is no answer then
   */
  public PodMemory measure() throws InterruptedException {
    Tally tally = new Tally();
    virtual.attach().forEach(gap -> tally.gap(Optional.empty(), gap));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Asked>> questions =
          gpus.inventory().devices().stream()
              .map(device -> (Callable<Asked>) () -> ask(device.id()))
              .toList();
      for (Future<Asked> answer : threads.invokeAll(questions)) {
        tally.take(answer.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("asking for processes failed", e.getCause());
    }
    return new PodMemory(tally.devices, tally.held, tally.inUse, tally.gaps);
  }

  /** What one device's driver told, and whose the processes were right after. */
  private record Asked(
      GpuId device, GpuProcesses processes, Map<Long, ProcessOwners.Owner> whose) {}

  private Asked ask(GpuId device) {
    for (int asking = 1; ; asking++) {
      GpuProcesses processes = gpus.processes(device);
      Map<Long, ProcessOwners.Owner> whose = new LinkedHashMap<>();
      processes.memory().keySet().forEach(pid -> whose.put(pid, owners.of(pid)));
      boolean ended = whose.containsValue(new ProcessOwners.Owner.NotThere());
      if (!ended || asking == ASKINGS) {
        return new Asked(device, processes, whose);
      }
    }
  }

  /** What is known so far of one measurement. */
  private static final class Tally {
    private final SequencedSet<GpuId> devices = new LinkedHashSet<>();
    private final Map<String, Map<GpuId, Bytes>> held = new HashMap<>();
    private final SequencedSet<GpuId> inUse = new LinkedHashSet<>();
    private final List<PodMemory.Gap> gaps = new ArrayList<>();

    private void gap(Optional<GpuId> device, String reason) {
      gaps.add(new PodMemory.Gap(device, reason));
    }

    private void take(Asked asked) {
      GpuId device = asked.device();
      GpuProcesses processes = asked.processes();
      devices.add(device);
      processes.gaps().forEach(reason -> gap(Optional.of(device), reason));
      if (!processes.complete() || !processes.memory().isEmpty()) {
        inUse.add(device);
      }
      asked
          .whose()
          .forEach((pid, owner) -> {
            Bytes bytes = processes.memory().getOrDefault(pid, Bytes.ZERO);
            switch (owner) {
              case ProcessOwners.Owner.Pod(String uid) ->
                  held.computeIfAbsent(uid, _ -> new HashMap<>()).merge(device, bytes, Bytes::plus);
              case ProcessOwners.Owner.NoPod() -> {}
              case ProcessOwners.Owner.Unknown(String reason) -> gap(Optional.of(device), reason);
              case ProcessOwners.Owner.NotThere() ->
                  gap(
                      Optional.of(device),
                      "process "
                          + pid
                          + " holds memory and is not to be seen from here; the agent has to see the"
                          + " host's processes (hostPID)");
            }
          });
    }
  }
}
