package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.Naming;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.WakeLock;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
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
   * @param pods it has, as they are seen
   */
  void clear(ModelRef model, Collection<PodView> pods) throws IOException {
    for (GpuView gpu : sight.gpus()) {
      for (ReplicaId replica : replicas(gpu.record())) {
        if (replica.model().equals(model) && left(replica, gpu, pods)) {
          forget(gpu, replica);
        }
      }
    }
  }

  /** A pod of that name may be a later one, which has other devices. */
  private boolean left(ReplicaId replica, GpuView gpu, Collection<PodView> pods)
      throws IOException {
    Optional<PodView> pod =
        pods.stream().filter(each -> each.ordinal() == replica.ordinal()).findFirst();
    return pod.isPresent() ? !pod.get().gpus().contains(gpu.id().objectName()) : podIsGone(replica);
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
    Answer answer =
        api.get("/api/v1/namespaces/" + replica.model().namespace() + "/pods/" + replica.podName());
    if (!answer.ok() && answer.status() != NOT_FOUND) {
      throw new IOException("whether " + replica + " is gone is unknown: " + answer.describe());
    }
    // One of that name without our label is somebody else's.
    return !answer.ok()
        || !Trees.label(answer.body(), Naming.MODEL).equals(Optional.of(replica.model().name()));
  }

  private void forget(GpuView gpu, ReplicaId replica) throws IOException {
    try {
      // What a later life of the replica has written since stays.
      new Ledger(ledger, replica, List.of(gpu.id()), clock, () -> {})
          .forget(generation(gpu.record(), replica));
      LOG.log(
          System.Logger.Level.INFO, "{0} is cleared of {1}, whose pod is gone", gpu.id(), replica);
    } catch (LedgerUnavailable e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static long generation(DeviceRecord record, ReplicaId replica) {
    long last = record.occupant(replica).map(Occupant::generation).orElse(0L);
    last = Math.max(last, record.intent(replica).map(Intent::generation).orElse(0L));
    return Math.max(
        last,
        record
            .lock()
            .filter(lock -> lock.holder().equals(replica))
            .map(WakeLock::generation)
            .orElse(0L));
  }
}
