package ai.greenthread.k8s.controller;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.placement.Placement;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which replica belongs to which devices, and what it will need there. Replicas are placed one
 * after the other, each seeing all before it, those included whose pods are only about to be made.
 * Safe for use by many threads.
 */
final class PlacementBook {
  private final Map<ReplicaId, Entry> entries = new HashMap<>();

  private record Entry(List<GpuId> devices, Bytes need) {}

  /** A replica has its devices: its pod says so. */
  synchronized void holds(ReplicaId replica, List<GpuId> devices, Bytes need) {
    entries.put(replica, new Entry(List.copyOf(devices), need));
  }

  /** A replica belongs nowhere any more. */
  synchronized void gone(ReplicaId replica) {
    entries.remove(replica);
  }

  /** Forgets the replicas of a Model but these ordinals. */
  synchronized void keep(ModelRef model, Set<Integer> ordinals) {
    entries
        .keySet()
        .removeIf(
            replica -> replica.model().equals(model) && !ordinals.contains(replica.ordinal()));
  }

  /** Chooses devices for a replica and enters them. */
  synchronized Placement.Choice place(
      ReplicaId replica, Placement.Request request, Collection<GpuView> usable) {
    entries.remove(replica);
    Map<GpuId, Bytes> promised = new HashMap<>();
    for (Entry entry : entries.values()) {
      for (GpuId device : entry.devices()) {
        promised.merge(device, entry.need(), Bytes::plus);
      }
    }
    Placement.Choice choice =
        Placement.choose(
            request,
            usable.stream()
                .map(gpu ->
                    new Placement.Candidate(
                        gpu.id(),
                        gpu.product(),
                        gpu.record().capacity(),
                        gpu.headroom(),
                        promised.getOrDefault(gpu.id(), Bytes.ZERO)))
                .toList());
    if (choice instanceof Placement.Choice.Placed placed) {
      entries.put(replica, new Entry(placed.devices(), request.needPerDevice()));
    }
    return choice;
  }
}
