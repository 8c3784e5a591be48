package ai.greenthread.domain.gpu;

import ai.greenthread.domain.Bytes;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which processes hold how much of a device. "Not in the map" means zero only while there are no
 * gaps, so that memory the driver keeps to itself is never believed to have been given back.
 *
 * @param memory bytes by process id, as the driver numbers processes (inside a container that may
 *     be the host's numbering)
 * @param gaps why the map may not be whole, in words for people; empty when it is whole
 */
public record GpuProcesses(Map<Long, Bytes> memory, List<String> gaps) {
  public GpuProcesses {
    memory = Map.copyOf(memory);
    gaps = List.copyOf(gaps);
  }

  /** A whole answer. */
  public static GpuProcesses of(Map<Long, Bytes> memory) {
    return new GpuProcesses(memory, List.of());
  }

  /** Nothing could be told, for {@code reason}. */
  public static GpuProcesses unread(String reason) {
    return new GpuProcesses(Map.of(), List.of(reason));
  }

  public boolean complete() {
    return gaps.isEmpty();
  }

  /**
   * What these processes hold together, each counted once. Empty while there are gaps and one of
   * them is not in the map.
   */
  public Optional<Bytes> heldBy(Collection<Long> pids) {
    Bytes held = Bytes.ZERO;
    for (long pid : pids.stream().distinct().toList()) {
      Bytes own = memory.get(pid);
      if (own == null && !complete()) {
        return Optional.empty();
      }
      held = own == null ? held : held.plus(own);
    }
    return Optional.of(held);
  }
}
