package ai.greenthread.domain.model;

/**
 * A variable of the inference server whose value stands in another object of the Model's namespace,
 * written as in a container of a pod. Only a cluster has such objects.
 *
 * @param name of the variable
 * @param kind of the object
 * @param object its name
 * @param key the entry of the object that holds the value
 */
public record EnvironmentSource(String name, Kind kind, String object, String key) {
  /** Where a value may stand. */
  public enum Kind implements Named {
    SECRET("secretKeyRef"),
    CONFIG_MAP("configMapKeyRef");

    private final String wireName;

    Kind(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String wireName() {
      return wireName;
    }
  }
}
