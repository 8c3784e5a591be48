package ai.greenthread.k8s.gpus;

import ai.greenthread.domain.gpu.GpuId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a node's agent sees of the node's devices. A device that is not seen has gone only where
 * nothing says why it might be there all the same.
 *
 * @param node the node's name
 * @param devices those that are seen
 * @param unreadable why a device that may be there is not seen
 * @param blind why no device can be seen at all, as without a driver; then none has gone
 */
public record NodeView(
    String node, List<ObservedGpu> devices, Map<GpuId, String> unreadable, Optional<String> blind) {
  public NodeView {
    devices = List.copyOf(devices);
    unreadable = Map.copyOf(unreadable);
  }

  /** A view in which all is seen that there is. */
  public static NodeView of(String node, List<ObservedGpu> devices) {
    return new NodeView(node, devices, Map.of(), Optional.empty());
  }

  Optional<String> whyUnseen(GpuId device) {
    return Optional.ofNullable(unreadable.get(device)).or(() -> blind);
  }
}
