package ai.greenthread.domain.model;

/**
 * Namespace and name of a Model object.
 *
 * @param namespace the Kubernetes namespace; {@code default} on one machine unless the manifest
 *     says otherwise
 * @param name {@code metadata.name}, a DNS label
 */
public record ModelRef(String namespace, String name) implements Comparable<ModelRef> {
  @Override
  public int compareTo(ModelRef other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
