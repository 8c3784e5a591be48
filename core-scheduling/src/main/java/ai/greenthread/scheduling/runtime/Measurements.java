package ai.greenthread.scheduling.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import java.util.Optional;

/** Keeps what was measured of a model over restarts of the engine. Safe for several threads. */
public interface Measurements {
  /**
   * Memory per device that the replica needs to serve, if it was measured before.
   *
   * @throws LedgerUnavailable when where it is kept cannot be reached
   */
  Optional<Bytes> servingMemoryPerGpu(ReplicaId replica);

  void recordServingMemoryPerGpu(ReplicaId replica, Bytes measured);

  /**
   * What the replica's server answered when its last wake was verified. Kept by those whose servers
   * outlive their sidecar; without it such a server cannot be taken over.
   */
  default Optional<Fingerprint> fingerprint(ReplicaId replica) {
    return Optional.empty();
  }

  default void recordFingerprint(ReplicaId replica, Fingerprint fingerprint) {}

  /**
   * How a server that is awake is told from one with spoilt weights.
   *
   * @param answer to the canary; empty for a kind of model that has none
   */
  record Fingerprint(Optional<String> answer) {}
}
