package ai.greenthread.standalone;

/** Manifests of the tests, as YAML, which JSON is too. */
final class Manifest {
  private Manifest() {}

  /**
   * A model on a simulated server whose weights outweigh the program, so that sleep can be seen.
   */
  static String simulated(String name) {
    return simulated(name, 1, "");
  }

  /** One that takes next to no memory, far less than the program that simulates it. */
  static String small(String name) {
    return simulated(name)
        .replace("400Mi", "16Mi")
        .replace("\"real-memory\": \"256Mi\"", "\"real-memory\": \"8Mi\"");
  }

  /** One of which nothing is said but that it is simulated. */
  static String plain(String name) {
    return simulated(name)
        .replace(
            "\"memory\": \"400Mi\", \"options\": {\"real-memory\": \"256Mi\"}", "\"options\": {}");
  }

  /** The same without a replica, so that nothing is started. */
  static String declared(String name) {
    return simulated(name, 0, "");
  }

  /**
   * @param fairness further members of {@code fairness}, each with a comma before it
   */
  static String simulated(String name, int replicas, String fairness) {
    return """
    {"apiVersion": "greenthread.ai/v1alpha1", "kind": "Model", "metadata": {"name": "%s"},
     "spec": {"modelName": "org/%s", "modelType": "chat", "replicas": %d,
      "runtime": {"type": "simulated", "memory": "400Mi", "options": {"real-memory": "256Mi"}},
      "sleep": {"drainTimeout": "1s"},
      "fairness": {"minRuntime": "1s", "maxWaitTime": "1s"%s}}}
    """
        .formatted(name, name, replicas, fairness);
  }
}
