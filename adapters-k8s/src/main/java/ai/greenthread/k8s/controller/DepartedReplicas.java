package ai.greenthread.k8s.controller;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.WakeLock;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Clears from GPU objects what replicas left there whose pods are gone: occupants, intents, wake
 * locks. A pod that is gone has ended, so its memory is back. A pod that only ends, or whose node
 * does not answer, still counts.
 */
final class DepartedReplicas {
  private static final System.Logger LOG = System.getLogger(DepartedReplicas.class.getName());
  private static final int NOT_FOUND = 404;

  private final JsonApi api;
  private final Sight sight;
  private final GpuLedger ledger;
  private final InstantSource clock;

  DepartedReplicas(JsonApi api, Sight sight, GpuLedger ledger, InstantSource clock) {
    this.api = api;
    this.sight = sight;
    this.ledger = ledger;
    this.clock = clock;
  }

  /**
   * Clears what replicas of a Model left.
   *
   * @param present ordinals that have a pod
   */
  void clear(ModelRef model, Set<Integer> present) throws IOException {
    for (GpuView gpu : sight.gpus()) {
      for (ReplicaId replica : replicas(gpu.record())) {
        if (replica.model().equals(model)
            && !present.contains(replica.ordinal())
            && podIsGone(replica)) {
          forget(gpu.id(), replica);
        }
      }
    }
  }

  /** Everybody that a record speaks of. */
  static Set<ReplicaId> replicas(DeviceRecord record) {
    Set<ReplicaId> all = new TreeSet<>();
    for (Occupant occupant : record.occupants()) {
      all.add(occupant.replica());
    }
    for (Intent intent : record.intents()) {
      all.add(intent.ticket().replica());
    }
    record.lock().map(WakeLock::holder).ifPresent(all::add);
    return all;
  }

  /** What is mirrored may be old, so the server is asked. */
  private boolean podIsGone(ReplicaId replica) throws IOException {
    return api.get(
                "/api/v1/namespaces/" + replica.model().namespace() + "/pods/" + replica.podName())
            .status()
        == NOT_FOUND;
  }

  private void forget(GpuId gpu, ReplicaId replica) throws IOException {
    try {
      new Ledger(ledger, replica, List.of(gpu), clock, () -> {}).forget(Long.MAX_VALUE);
      LOG.log(System.Logger.Level.INFO, "{0} is cleared of {1}, whose pod is gone", gpu, replica);
    } catch (LedgerUnavailable e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
