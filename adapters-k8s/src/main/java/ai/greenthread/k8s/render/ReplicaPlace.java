package ai.greenthread.k8s.render;

import ai.greenthread.domain.gpu.GpuId;
import java.util.List;

/**
 * The devices of one replica.
 *
 * @param node that carries them all
 * @param devices in the order of their indices
 * @param uuids the driver's names, in the same order
 */
public record ReplicaPlace(String node, List<GpuId> devices, List<String> uuids) {
  public ReplicaPlace {
    devices = List.copyOf(devices);
    uuids = List.copyOf(uuids);
    if (devices.isEmpty() || devices.size() != uuids.size()) {
      throw new IllegalArgumentException("a replica needs devices, and a uuid for each");
    }
  }
}
