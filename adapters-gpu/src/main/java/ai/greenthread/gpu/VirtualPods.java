package ai.greenthread.gpu;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.VirtualGpuUsage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the processes that run on virtual devices, which no driver knows: those of a pod whose
 * sidecar names such devices, the sidecar's own left out. A pod without a living sidecar is not
 * looked at, as it is the sidecar that asks.
 */
final class VirtualPods {
  /** The sidecar's own variable, which its processes carry and the server's do not. */
  private static final String DEVICES = "GREENTHREAD_GPUS";

  private final VirtualGpuUsage usage;
  private final ProcessOwners owners;
  private final Map<String, GpuId> devices = new HashMap<>();

  VirtualPods(VirtualGpuUsage usage, ProcessOwners owners, List<GpuId> devices) {
    this.usage = usage;
    this.owners = owners;
    devices.forEach(device -> this.devices.put(device.objectName(), device));
  }

  /** The processes of one pod. */
  private static final class Pod {
    private final Set<GpuId> devices = new HashSet<>();
    private final Set<Long> server = new HashSet<>();
  }

  /**
   * Counts from now on the processes that there are.
   *
   * @return what could not be told
   */
  List<String> attach() {
    if (devices.isEmpty()) {
      return List.of();
    }
    Map<String, Pod> pods = new HashMap<>();
    List<String> gaps = new ArrayList<>();
    try {
      for (long pid : owners.all()) {
        if (owners.of(pid) instanceof ProcessOwners.Owner.Pod(String uid)) {
          sort(pid, pods.computeIfAbsent(uid, _ -> new Pod()));
        }
      }
    } catch (IOException e) {
      gaps.add("the processes of this node cannot be listed: " + e.getMessage());
    }
    for (Pod pod : pods.values()) {
      for (long pid : pod.server) {
        // A process is measured with its descendants.
        boolean counted = parent(pid).filter(pod.server::contains).isPresent();
        if (!counted) {
          pod.devices.forEach(device -> usage.attach(device, pid));
        }
      }
    }
    return gaps;
  }

  private void sort(long pid, Pod pod) {
    Map<String, String> variables;
    try {
      variables = owners.environment(pid);
    } catch (IOException ended) {
      return;
    }
    Optional<String> named = Optional.ofNullable(variables.get(DEVICES));
    if (named.isEmpty()) {
      pod.server.add(pid);
      return;
    }
    for (String name : named.get().split(",", -1)) {
      Optional.ofNullable(devices.get(name.strip())).ifPresent(pod.devices::add);
    }
  }

  private static Optional<Long> parent(long pid) {
    return ProcessHandle.of(pid).flatMap(ProcessHandle::parent).map(ProcessHandle::pid);
  }
}
