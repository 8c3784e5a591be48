package ai.greenthread.k8s.node;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Makes pods in a namespace, from YAML, and waits for what becomes of them. */
public record Pods(JsonApi api, String namespace, StandInNode node) {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** What may fail while it is not true yet. */
  public interface Condition {
    boolean holds() throws IOException;
  }

  public static JsonObject yaml(String text) {
    Object tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    return tree == null ? new JsonObject() : new Gson().toJsonTree(tree).getAsJsonObject();
  }

  /** Creates any object at a path. */
  public JsonObject create(String path, JsonObject object) throws IOException {
    return ControlPlane.demand(api.create(path, object), "create at " + path).body();
  }

  /** Creates a pod bound to the node, from its metadata and its spec in YAML. */
  public void create(String name, String metadataAndSpec) throws IOException {
    String[] parts = metadataAndSpec.split("---\n", 2);
    JsonObject pod = new JsonObject();
    JsonObject metadata = yaml(parts[0]);
    metadata.addProperty("name", name);
    JsonObject spec = yaml(parts[1]);
    spec.addProperty("nodeName", node.name());
    pod.add("metadata", metadata);
    pod.add("spec", spec);
    create("/api/v1/namespaces/" + namespace + "/pods", pod);
  }

  public void secret(String name, String key, String value) throws IOException {
    create(
        "/api/v1/namespaces/" + namespace + "/secrets",
        yaml("{metadata: {name: %s}, stringData: {%s: '%s'}}".formatted(name, key, value)));
  }

  public void configMap(String name, String key, String value) throws IOException {
    create(
        "/api/v1/namespaces/" + namespace + "/configmaps",
        yaml("{metadata: {name: %s}, data: {%s: '%s'}}".formatted(name, key, value)));
  }

  public String path(String name) {
    return "/api/v1/namespaces/" + namespace + "/pods/" + name;
  }

  public JsonObject get(String name) throws IOException {
    return ControlPlane.demand(api.get(path(name)), "read pod " + name).body();
  }

  public void delete(String name) throws IOException {
    ControlPlane.demand(api.delete(path(name)), "delete pod " + name);
  }

  public boolean ready(String name) throws IOException {
    return Tree.objects(get(name), "status", "conditions").stream()
        .anyMatch(one ->
            Tree.text("", one, "type").equals("Ready")
                && Tree.text("", one, "status").equals("True"));
  }

  public void awaitReady(String name) throws IOException {
    await("pod " + name + " to be ready", () -> ready(name));
  }

  private JsonObject container(String name) throws IOException {
    return Tree.objects(get(name), "status", "containerStatuses").stream()
        .findFirst()
        .orElse(new JsonObject());
  }

  public int restarts(String name) throws IOException {
    return Tree.number(0, container(name), "restartCount");
  }

  public String waiting(String name) throws IOException {
    return Tree.text("", container(name), "state", "waiting", "reason");
  }

  public boolean has(String name) {
    return node.has(namespace, name);
  }

  public String log(String name) throws IOException {
    return node.log(namespace, name, "main");
  }

  public void await(String what, Condition condition) throws IOException {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!condition.holds()) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError(
            "waited " + PATIENCE.toSeconds() + " s for " + what + "\n" + node.lastWords(10));
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  public static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static void write(Path file) throws IOException {
    Files.writeString(file, "");
  }
}
