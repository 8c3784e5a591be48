package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.lifecycle.LifecycleSettings;
import ai.greenthread.scheduling.policy.WaitBound;
import ai.greenthread.scheduling.policy.WakePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The product's wait bounds for a fleet whose servers take as long as the simulated ones may. */
final class Bounds {
  /** Longest canary, measurements, and the ways between sidecar, ledger and server. */
  private static final Duration VERIFICATION = Duration.ofMillis(300);

  private Bounds() {}

  /** What is known of the servers. */
  enum Servers {
    /** Those that survive sleep run. */
    RUN,
    /** Any may have to be started first. */
    MAY_HAVE_ENDED,
    /** All have to be started first; none keeps memory but what the ledger says. */
    HAVE_ENDED
  }

  /**
   * @param policy by which they take turns
   */
  static Map<ReplicaId, Optional<Duration>> of(
      List<SimReplica> replicas, SimStore store, Fleet fleet, Servers servers, WakePolicy policy) {
    var capacities = new HashMap<GpuId, Bytes>();
    for (GpuId device : fleet.devices()) {
      Bytes residues = Bytes.ZERO;
      for (Occupant occupant : store.peek(device).occupants()) {
        residues = residues.plus(occupant.residual());
      }
      for (SimReplica replica : replicas) {
        if (servers != Servers.HAVE_ENDED && replica.devices().contains(device)) {
          residues = residues.plus(replica.shape().keeps());
        }
      }
      capacities.put(device, fleet.capacity().minusOrZero(residues));
    }
    var members = new ArrayList<WaitBound.Member>();
    for (SimReplica replica : replicas) {
      Fleet.Shape shape = replica.shape();
      boolean runs = servers == Servers.RUN && shape.staysAlive();
      Duration wake = runs ? Fleet.MAX_WAKE : Fleet.MAX_COLD_WAKE;
      // A first guess may be too low for good, where the server dies before it can be measured.
      Bytes need = replica.need().max(shape.size());
      if (servers != Servers.HAVE_ENDED) {
        need = need.max(shape.size().times(1.05 * 1.10).min(fleet.capacity()));
      }
      members.add(
          new WaitBound.Member(
              shape.replica(),
              shape.devices(),
              need,
              shape.fairness(),
              shape.settings().lifecycle().sleep().drainTimeout().plus(LifecycleSettings.CUT_GRACE),
              Fleet.MAX_SLEEP,
              wake.plus(VERIFICATION)));
    }
    var bounds = new HashMap<ReplicaId, Optional<Duration>>();
    for (WaitBound.Member member : members) {
      bounds.put(member.replica(), WaitBound.of(member.replica(), members, capacities, policy));
    }
    return bounds;
  }
}
