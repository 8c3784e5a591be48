package ai.greenthread.gpu;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How much of each device of a node each pod held at one moment. A pod that is not named holds
 * nothing of a device only while the device has no gaps.
 *
 * @param devices the node's devices
 * @param held bytes by pod uid and device
 * @param inUse devices that any process was on, of a pod or not
 * @param gaps why some of it may belong to a pod and not be told
 */
public record PodMemory(
    SequencedSet<GpuId> devices,
    Map<String, Map<GpuId, Bytes>> held,
    SequencedSet<GpuId> inUse,
    List<Gap> gaps) {
  public PodMemory {
    devices = Collections.unmodifiableSequencedSet(devices);
    held = Map.copyOf(held);
    inUse = Collections.unmodifiableSequencedSet(inUse);
    gaps = List.copyOf(gaps);
  }

  /**
   * Something that could not be told.
   *
   * @param device of which device; empty for all of them
   * @param reason for people
   */
  public record Gap(Optional<GpuId> device, String reason) {
    boolean concerns(Collection<GpuId> some) {
      return device.isEmpty() || some.contains(device.get());
    }

    @Override
    public String toString() {
      return device.map(id -> id + ": ").orElse("") + reason;
    }
  }

  /** What could not be told of these devices, in words; nothing where all was. */
  public List<String> untold(Collection<GpuId> some) {
    return gaps.stream().filter(gap -> gap.concerns(some)).map(Gap::toString).toList();
  }

  /** What the pod holds of every device of the node, zeros included. */
  public SortedMap<GpuId, Bytes> of(String uid) {
    SortedMap<GpuId, Bytes> all = new TreeMap<>();
    Map<GpuId, Bytes> some = held.getOrDefault(uid, Map.of());
    devices.forEach(device -> all.put(device, some.getOrDefault(device, Bytes.ZERO)));
    return all;
  }
}
