package ai.greenthread.scheduling.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ReplicaId;
import java.util.Optional;

/** Keeps what was measured of a model over restarts of the engine. Safe for several threads. */
public interface Measurements {
  /** Memory per device that the replica needs to serve, if it was measured before. */
  Optional<Bytes> servingMemoryPerGpu(ReplicaId replica);

  void recordServingMemoryPerGpu(ReplicaId replica, Bytes measured);
}
