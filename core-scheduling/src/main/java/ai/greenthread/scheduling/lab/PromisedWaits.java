package ai.greenthread.scheduling.lab;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.policy.WaitBound;
import ai.greenthread.scheduling.policy.WakePolicy;
import ai.greenthread.scheduling.runtime.HostLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@link WaitBound} promises each model of a described fleet. */
public final class PromisedWaits {
  private PromisedWaits() {}

  /**
   * The longest wait of each model, in the order of the fleet; empty where nothing can be promised.
   * A wake is taken to be as slow as when all devices load at once, after the longest wait for
   * that.
   *
   * @param policy by which they take turns
   */
  public static List<Optional<Duration>> of(LabFleet fleet, WakePolicy policy) {
    List<List<Integer>> places = fleet.placements();
    Duration turn = HostLink.patience(fleet.wakesAtOnce());
    double lane =
        Math.min(fleet.linkBytesPerSecond(), fleet.hostBytesPerSecond() / fleet.gpus().size());
    Map<GpuId, Bytes> capacities = new HashMap<>();
    for (int i = 0; i < fleet.gpus().size(); i++) {
      capacities.put(LabFleet.gpu(i), fleet.gpus().get(i));
    }
    var members = new ArrayList<WaitBound.Member>();
    for (int i = 0; i < fleet.models().size(); i++) {
      LabModel model = fleet.models().get(i);
      List<GpuId> devices = places.get(i).stream().map(LabFleet::gpu).toList();
      devices.forEach(device -> capacities.merge(device, model.residual(), Bytes::minusOrZero));
      members.add(
          new WaitBound.Member(
              fleet.replica(i),
              devices,
              model.needPerGpu(),
              model.fairness(),
              model.drainTimeout(),
              model.sleep(),
              turn.plusNanos(Math.round(model.weightsPerGpu().count() / lane * 1e9))));
    }
    Map<ReplicaId, Optional<Duration>> bounds = WaitBound.ofAll(members, capacities, policy);
    return members.stream()
        .map(member -> bounds.getOrDefault(member.replica(), Optional.empty()))
        .toList();
  }
}
