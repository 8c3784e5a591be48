package ai.greenthread.k8s.controller;

import static ai.greenthread.k8s.controlplane.ControlPlane.demand;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.render.RenderSettings;
import ai.greenthread.k8s.render.RenderSettings.RouteSettings;
import ai.greenthread.scheduling.policy.PolicyName;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A node with two GPUs and namespaces of their own, where controllers are tried. */
final class Stage implements AutoCloseable {
  final JsonApi api;
  final String system;
  final String namespace;
  final String node;
  private final ControlPlane plane;
  private final List<String> namespaces = new ArrayList<>();

  Stage(ControlPlane plane) throws IOException {
    this.plane = plane;
    this.api = plane.api();
    this.system = plane.newNamespace("controller-system");
    this.namespace = newNamespace();
    this.node = namespace;
    demand(api.create("/api/v1/nodes", object("v1", "Node", node, Map.of())), "make a node");
    api.mergePatch(
        "/api/v1/nodes/" + node, Trees.object("spec", Trees.object("taints", JsonNull.INSTANCE)));
    gpu(0, node);
    gpu(1, node);
  }

  /** One more for Models. */
  String newNamespace() throws IOException {
    String made = plane.newNamespace("controller");
    namespaces.add(made);
    return made;
  }

  /** A controller that is not started yet. */
  Controller controller(RouteSettings routing) {
    return new Controller(
        api,
        settings(routing),
        "test",
        2,
        Duration.ofSeconds(1),
        InstantSource.system(),
        new SplittableRandom(1));
  }

  RenderSettings settings(RouteSettings routing) {
    return new RenderSettings(
        system,
        "engine",
        "vllm",
        "llama",
        List.of(),
        "",
        RenderSettings.DeviceSelection.ENV,
        9440,
        PolicyName.BOUNDED,
        0,
        "greenthread-model",
        Map.of(),
        routing);
  }

  static JsonObject object(String version, String kind, String name, Object spec) {
    return Trees.object(
        "apiVersion", version, "kind", kind, "metadata", Map.of("name", name), "spec", spec);
  }

  void gpu(int index, String on) throws IOException {
    demand(
        api.create(
            Resource.GPU.path(system),
            object(
                Resource.API_VERSION,
                "GPU",
                "gpu-" + on + "-" + index,
                Trees.object(
                    "nodeName",
                    on,
                    "index",
                    index,
                    "uuid",
                    "GPU-" + on + index,
                    "product",
                    "NVIDIA-L4",
                    "totalMemoryBytes",
                    24L << 30))),
        "make a GPU");
  }

  void model(String name) throws IOException {
    model(namespace, name, Map.of());
  }

  /** A Model that serves a name of its own. */
  void model(String in, String name, Map<String, ?> spec) throws IOException {
    JsonObject whole = Trees.object("modelName", in + "/" + name);
    spec.forEach((field, value) -> whole.add(field, Trees.tree(value)));
    demand(
        api.create(Resource.MODEL.path(in), object(Resource.API_VERSION, "Model", name, whole)),
        "make a Model");
  }

  JsonObject read(String path) {
    try {
      return demand(api.get(path), "read " + path).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean exists(String path) {
    try {
      return api.get(path).ok();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonObject status(String in, String model) {
    return Trees.at(read(Resource.MODEL.path(in, model)), "status");
  }

  /** Reason and message of a condition of a Model; empty where it has none. */
  String condition(String in, String model, String type) {
    return Trees.items(status(in, model), "conditions").stream()
        .filter(condition -> Trees.text(condition, "type").orElse("").equals(type))
        .map(condition ->
            Trees.text(condition, "reason").orElse("")
                + ": "
                + Trees.text(condition, "message").orElse(""))
        .findFirst()
        .orElse("");
  }

  String ready(String model) {
    return condition(namespace, model, "Ready");
  }

  String core(String resource, String name) {
    return "/api/v1/namespaces/" + namespace + "/" + resource + "/" + name;
  }

  /** Whatever their finalizers say. */
  void removeModels() throws IOException {
    for (String each : namespaces) {
      for (JsonObject model : Trees.items(api.get(Resource.MODEL.path(each)).body(), "items")) {
        String path = Resource.MODEL.path(each, Trees.name(model));
        api.mergePatch(
            path, Trees.object("metadata", Trees.object("finalizers", JsonNull.INSTANCE)));
        api.delete(path);
      }
    }
  }

  @Override
  public void close() throws IOException {
    removeModels();
    api.delete("/api/v1/nodes/" + node);
  }
}
