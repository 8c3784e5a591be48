package ai.greenthread.k8s.controller;

import static ai.greenthread.k8s.controlplane.ControlPlane.demand;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.Await;
import ai.greenthread.k8s.render.RenderSettings;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The controller among objects that are not its own, and among what was left behind. */
@RealControlPlane
class ControllerTest {
  private final JsonApi api;
  private final String system;
  private final String namespace;
  private final String node;
  private final RenderSettings settings;
  private final Controller controller;

  ControllerTest(ControlPlane plane) throws IOException {
    this.api = plane.api();
    this.system = plane.newNamespace("controller-system");
    this.namespace = plane.newNamespace("controller");
    this.node = namespace;
    this.settings =
        new RenderSettings(
            system,
            "engine",
            "vllm",
            "llama",
            List.of(),
            "",
            RenderSettings.DeviceSelection.ENV,
            9440,
            "greenthread-model",
            Map.of(),
            RenderSettings.RouteSettings.NONE);
    this.controller = controller();
  }

  private Controller controller() {
    return new Controller(
        api, settings, "test", 2, InstantSource.system(), new SplittableRandom(1));
  }

  @BeforeEach
  void start() throws Exception {
    demand(api.create("/api/v1/nodes", object("v1", "Node", node, Map.of())), "make a node");
    api.mergePatch(
        "/api/v1/nodes/" + node, Trees.object("spec", Trees.object("taints", JsonNull.INSTANCE)));
    gpu(0, node);
    gpu(1, node);
    controller.start();
  }

  @AfterEach
  void stop() throws IOException {
    controller.close();
    for (JsonObject model : Trees.items(api.get(Resource.MODEL.path(namespace)).body(), "items")) {
      String path = Resource.MODEL.path(namespace, Trees.name(model));
      api.mergePatch(path, Trees.object("metadata", Trees.object("finalizers", JsonNull.INSTANCE)));
      api.delete(path);
    }
    api.delete("/api/v1/nodes/" + node);
  }

  private static JsonObject object(String version, String kind, String name, Object spec) {
    return Trees.object(
        "apiVersion", version, "kind", kind, "metadata", Map.of("name", name), "spec", spec);
  }

  private void gpu(int index, String on) throws IOException {
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

  private void model(String name) throws IOException {
    demand(
        api.create(
            Resource.MODEL.path(namespace),
            object(Resource.API_VERSION, "Model", name, Map.of("modelName", "acme/" + name))),
        "make a Model");
  }

  private JsonObject read(String path) {
    try {
      return demand(api.get(path), "read " + path).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String ready(String model) {
    return Trees.items(
            Trees.at(read(Resource.MODEL.path(namespace, model)), "status"), "conditions")
        .stream()
        .filter(condition -> Trees.text(condition, "type").orElse("").equals("Ready"))
        .map(condition ->
            Trees.text(condition, "reason").orElse("")
                + ": "
                + Trees.text(condition, "message").orElse(""))
        .findFirst()
        .orElse("");
  }

  private String core(String resource, String name) {
    return "/api/v1/namespaces/" + namespace + "/" + resource + "/" + name;
  }

  @Test
  void aServiceOfSomebodyElseIsLetAloneAndSaidToBeInTheWay() throws IOException {
    JsonObject theirs =
        object(
            "v1",
            "Service",
            "web",
            Map.of("selector", Map.of("app", "shop"), "ports", List.of(Map.of("port", 80))));
    demand(api.create("/api/v1/namespaces/" + namespace + "/services", theirs), "their Service");
    model("web");

    Await.until("it to be said", () -> ready("web").startsWith("Refused"));
    assertThat(ready("web"))
        .contains("the Service web is there already and not this Model's", "another name");
    JsonObject live = read(core("services", "web"));
    assertThat(Trees.at(live, "spec", "selector")).isEqualTo(Trees.object("app", "shop"));
    assertThat(Trees.at(live, "metadata").has("ownerReferences")).isFalse();
    assertThat(read(core("pods", "web-0"))).as("all else is done").isNotNull();

    demand(api.delete(core("services", "web")), "they take it away");
    Await.until("the Model's own Service", () -> exists(core("services", "web")));
    Await.until("no refusal", () -> !ready("web").startsWith("Refused"));
  }

  private boolean exists(String path) {
    try {
      return api.get(path).ok();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aPodOfSomebodyElseIsLetAloneAndSaidToBeInTheWay() throws IOException {
    demand(
        api.create(
            "/api/v1/namespaces/" + namespace + "/serviceaccounts",
            Trees.object("metadata", Map.of("name", "default"))),
        "an account");
    demand(
        api.create(
            "/api/v1/namespaces/" + namespace + "/pods",
            object(
                "v1",
                "Pod",
                "db-0",
                Map.of("containers", List.of(Map.of("name", "db", "image", "postgres"))))),
        "their pod");
    model("db");

    Await.until("it to be said", () -> ready("db").startsWith("Refused"));
    assertThat(ready("db")).contains("the pod db-0 is there already and not this Model's");
  }

  @Test
  void anEntryOnAGpuThatItsPodDoesNotHaveIsCleared() throws IOException {
    model("m");
    Await.until("its pod", () -> exists(core("pods", "m-0")));
    String has = Trees.annotation(read(core("pods", "m-0")), "greenthread.ai/gpus").orElseThrow();
    String other = has.endsWith("-0") ? "gpu-" + node + "-1" : "gpu-" + node + "-0";
    occupy(has, 7);
    occupy(other, 3);

    Await.until("the other GPU to be cleared", () -> occupants(other).isEmpty());
    assertThat(occupants(has)).hasSize(1);
  }

  private void occupy(String gpu, long generation) throws IOException {
    demand(
        api.mergePatch(
            Resource.GPU.statusPath(system, gpu),
            Trees.object(
                "status",
                Trees.object(
                    "occupants",
                    List.of(
                        Trees.object(
                            "podName",
                            "m-0",
                            "namespace",
                            namespace,
                            "modelName",
                            "m",
                            "ordinal",
                            0,
                            "generation",
                            generation,
                            "state",
                            "serving",
                            "reservedMemoryBytes",
                            1L << 30,
                            "minRuntime",
                            "10s",
                            "becameServingAt",
                            Instant.EPOCH,
                            "lastAccessed",
                            Instant.EPOCH))))),
        "occupy " + gpu);
  }

  private List<JsonObject> occupants(String gpu) {
    return Trees.items(Trees.at(read(Resource.GPU.path(system, gpu)), "status"), "occupants");
  }

  @Test
  void aGpuWhoseNodeIsGoneForGoodGoesToo() throws IOException {
    gpu(0, "lost-" + node);
    Await.until("it to go", () -> !exists(Resource.GPU.path(system, "gpu-lost-" + node + "-0")));
    assertThat(exists(Resource.GPU.path(system, "gpu-" + node + "-0"))).isTrue();
  }

  @Test
  void nothingIsPlacedWhereTheAgentIsSilent() throws Exception {
    controller.close();
    for (int i = 0; i < 2; i++) {
      demand(
          api.mergePatch(
              Resource.GPU.statusPath(system, "gpu-" + node + "-" + i),
              Trees.object("status", Map.of("lastHeartbeat", "2026-01-01T00:00:00Z"))),
          "a heartbeat of long ago");
    }
    try (Controller later = controller()) {
      later.start();
      model("q");
      Await.until("it to be said", () -> placed("q").contains("is silent since 2026-01-01"));
    }
    assertThat(exists(core("pods", "q-0"))).isFalse();
  }

  private String placed(String model) {
    return Trees.at(read(Resource.MODEL.path(namespace, model)), "status").toString();
  }
}
