package ai.greenthread.proxy;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Where the replicas of each model are. Asked for every request: answers at once, from memory. */
public interface ReplicaDirectory {
  /** Whether it has been filled; before that it knows less than there is. */
  boolean isReady();

  /** All models, in the order in which they are listed to clients. */
  List<ServedModel> models();

  /**
   * Replicas of the model that requests name so: none when no replica could be placed, empty when
   * there is no such model.
   */
  Optional<List<Route>> routes(String modelName);

  /**
   * Completes when the replicas of a model are not being replaced by others any more, and is
   * complete where they are not now. Requests had better wait for that.
   */
  CompletableFuture<Boolean> settled(String modelName);

  /** Front doors of all replicas. */
  Set<URI> sidecars();

  /**
   * A model as {@code /v1/models} lists it.
   *
   * @param modelName what requests carry in {@code model}
   * @param created when it was declared
   */
  record ServedModel(String modelName, Instant created) {}

  /**
   * One replica.
   *
   * @param sidecar its front door
   * @param readiness how far it is from answering
   * @param inFlight requests it works on now
   */
  record Route(URI sidecar, Readiness readiness, int inFlight) {}

  /** How far a replica is from answering, nearest first. */
  enum Readiness {
    AWAKE,
    WAKING,
    ASLEEP,
    FAILED
  }
}
