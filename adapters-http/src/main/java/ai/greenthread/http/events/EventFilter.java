package ai.greenthread.http.events;

/**
 * Which events somebody wants; those of the whole engine always.
 *
 * @param modelName name of the Model object; empty for any
 * @param namespace of the Model object, as Models of several namespaces may have one name; empty
 *     for any
 */
public record EventFilter(String modelName, String namespace) {
  public static final EventFilter ALL = new EventFilter("", "");

  boolean wants(EngineEvent event) {
    return event.modelName().isEmpty()
        || ((modelName.isEmpty() || modelName.equals(event.modelName()))
            && (namespace.isEmpty() || namespace.equals(event.metadata().get("namespace"))));
  }
}
