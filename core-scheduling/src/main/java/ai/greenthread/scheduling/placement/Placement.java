package ai.greenthread.scheduling.placement;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuMemory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the devices that a replica belongs to, once, when it is created: as many neighbouring
 * devices of one node as its tensor parallelism asks for, of the product it names, and among those
 * the group that is promised to the fewest bytes so far. Replicas of one model spread because each
 * placement adds to its group's promises.
 */
public final class Placement {
  private Placement() {}

  /**
   * A device as placement sees it.
   *
   * @param capacity memory that may be handed out
   * @param headroom memory that never is
   * @param promised sum of the needs of all replicas placed here before, awake or not
   */
  public record Candidate(
      GpuId id, String product, Bytes capacity, Bytes headroom, Bytes promised) {}

  /**
   * What a replica asks for.
   *
   * @param devices tensor-parallel size: how many devices
   * @param needPerDevice bytes on each
   * @param product required product name; empty for any
   */
  public record Request(int devices, Bytes needPerDevice, String product) {}

  /** The chosen devices, or what stands in the way in words for the user. */
  public sealed interface Choice {
    record Placed(List<GpuId> devices) implements Choice {}

    record Impossible(String reason) implements Choice {}
  }

  public static Choice choose(Request request, Collection<Candidate> fleet) {
    if (fleet.isEmpty()) {
      return new Choice.Impossible("there is no GPU");
    }
    List<Candidate> suitable =
        fleet.stream()
            .filter(
                device -> request.product().isEmpty() || device.product().equals(request.product()))
            .sorted(Comparator.comparing(Candidate::id))
            .toList();
    if (suitable.isEmpty()) {
      return new Choice.Impossible("no GPU is a " + request.product());
    }
    List<List<Candidate>> groups = neighbours(suitable, request.devices());
    if (groups.isEmpty()) {
      return new Choice.Impossible(
          "no node has " + request.devices() + " neighbouring GPUs of the kind asked for");
    }
    Optional<List<Candidate>> best =
        groups.stream()
            .filter(group ->
                group.stream()
                    .allMatch(device -> request.needPerDevice().fitsIn(device.capacity())))
            .min(
                Comparator.comparingLong(Placement::promised)
                    .thenComparing(group -> group.getFirst().id()));
    return best.<Choice>map(group -> new Choice.Placed(group.stream().map(Candidate::id).toList()))
        .orElseGet(() ->
            new Choice.Impossible(
                "it needs "
                    + request.needPerDevice()
                    + " per GPU and the largest has "
                    + largest(suitable)));
  }

  private static List<List<Candidate>> neighbours(List<Candidate> sorted, int size) {
    var groups = new ArrayList<List<Candidate>>();
    for (int first = 0; first + size <= sorted.size(); first++) {
      List<Candidate> group = sorted.subList(first, first + size);
      GpuId start = group.getFirst().id();
      GpuId end = group.getLast().id();
      if (start.node().equals(end.node()) && end.index() - start.index() == size - 1) {
        groups.add(group);
      }
    }
    return groups;
  }

  private static long promised(List<Candidate> group) {
    return group.stream().mapToLong(device -> device.promised().count()).max().orElse(0);
  }

  private static String largest(List<Candidate> devices) {
    return devices.stream()
        .max(Comparator.comparing(Candidate::capacity))
        .map(device -> GpuMemory.describe(device.capacity(), device.headroom()))
        .orElse("none");
  }
}
