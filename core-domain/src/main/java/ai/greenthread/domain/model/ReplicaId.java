package ai.greenthread.domain.model;

/**
 * One running copy of a Model: the pod on Kubernetes, the process on one machine.
 *
 * @param model the Model it is a copy of
 * @param ordinal zero-based number among the Model's replicas
 */
public record ReplicaId(ModelRef model, int ordinal) implements Comparable<ReplicaId> {
  @Override
  public int compareTo(ReplicaId other) {
    int byModel = model.compareTo(other.model);
    return byModel != 0 ? byModel : Integer.compare(ordinal, other.ordinal);
  }

  /** Name in the manner of a pod: {@code <model>-<ordinal>}. */
  public String podName() {
    return model.name() + "-" + ordinal;
  }

  @Override
  public String toString() {
    return model + "-" + ordinal;
  }
}
