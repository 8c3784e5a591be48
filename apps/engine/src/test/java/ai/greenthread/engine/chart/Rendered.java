package ai.greenthread.engine.chart;

import ai.greenthread.k8s.client.Trees;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * What Helm makes of the engine's chart.
 *
 * @param objects by kind and name, {@code Deployment/greenthread-controller}
 */
record Rendered(Map<String, JsonObject> objects) {
  /** The chart's folder. */
  static final Path CHART =
      Path.of(System.getProperty("greenthread.root", "../.."), "ops", "charts", "greenthread")
          .toAbsolutePath()
          .normalize();

  static final String NAMESPACE = "greenthread-system";

  private static final HelmRelease RELEASE =
      new HelmRelease(Path.of("no-kubeconfig"), CHART, "greenthread", NAMESPACE);

  /** With these values, as YAML, over the chart's own; asks no server. */
  static Rendered with(String values) throws IOException {
    Map<String, JsonObject> objects = new TreeMap<>();
    for (Object document :
        new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(RELEASE.render(values))) {
      if (document != null) {
        JsonObject object = new Gson().toJsonTree(document).getAsJsonObject();
        String key = Trees.text(object, "kind").orElseThrow() + "/" + Trees.name(object);
        if (objects.put(key, object) != null) {
          throw new IllegalStateException("the chart makes " + key + " twice");
        }
      }
    }
    return new Rendered(objects);
  }

  static String lint() {
    return RELEASE.lint();
  }

  JsonObject get(String kindAndName) {
    return Optional.ofNullable(objects.get(kindAndName))
        .orElseThrow(() -> new AssertionError(kindAndName + " is not among " + objects.keySet()));
  }

  /** The pod's spec of a Deployment or DaemonSet. */
  JsonObject pod(String kindAndName) {
    return Trees.at(get(kindAndName), "spec", "template", "spec");
  }

  JsonObject container(String kindAndName) {
    return Trees.items(pod(kindAndName), "containers").getFirst();
  }

  /** Pods of all parts. */
  List<JsonObject> pods() {
    List<JsonObject> pods = new ArrayList<>();
    for (Map.Entry<String, JsonObject> object : objects.entrySet()) {
      if (object.getKey().startsWith("Deployment/") || object.getKey().startsWith("DaemonSet/")) {
        pods.add(pod(object.getKey()));
      }
    }
    return pods;
  }

  /** Value of a variable of the part's container; empty where it has none. */
  Optional<String> variable(String kindAndName, String name) {
    return Trees.items(container(kindAndName), "env").stream()
        .filter(variable -> Trees.text(variable, "name").equals(Optional.of(name)))
        .findFirst()
        .flatMap(variable -> Trees.text(variable, "value"));
  }
}
