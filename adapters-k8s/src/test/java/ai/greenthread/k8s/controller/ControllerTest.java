package ai.greenthread.k8s.controller;

import static ai.greenthread.k8s.controlplane.ControlPlane.demand;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.Await;
import ai.greenthread.k8s.render.Naming;
import ai.greenthread.k8s.render.RenderSettings.RouteSettings;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The controller among objects that are not its own, and among what was left behind. */
@RealControlPlane
class ControllerTest {
  private final Stage stage;
  private final JsonApi api;
  private final String namespace;
  private final String node;
  private final Controller controller;

  ControllerTest(ControlPlane plane) throws IOException {
    this.stage = new Stage(plane);
    this.api = stage.api;
    this.namespace = stage.namespace;
    this.node = stage.node;
    this.controller = stage.controller(RouteSettings.NONE);
  }

  @BeforeEach
  void start() throws Exception {
    controller.start();
  }

  @AfterEach
  void stop() throws IOException {
    controller.close();
    stage.close();
  }

  @Test
  void aServiceOfSomebodyElseIsLetAloneAndSaidToBeInTheWay() throws IOException {
    JsonObject theirs =
        Stage.object(
            "v1",
            "Service",
            "web",
            Map.of("selector", Map.of("app", "shop"), "ports", List.of(Map.of("port", 80))));
    demand(api.create("/api/v1/namespaces/" + namespace + "/services", theirs), "their Service");
    stage.model("web");

    Await.until("it to be said", () -> stage.ready("web").startsWith("Refused"));
    assertThat(stage.ready("web"))
        .contains("the Service web is there already and not this Model's", "another name");
    JsonObject live = stage.read(stage.core("services", "web"));
    assertThat(Trees.at(live, "spec", "selector")).isEqualTo(Trees.object("app", "shop"));
    assertThat(Trees.at(live, "metadata").has("ownerReferences")).isFalse();
    assertThat(stage.exists(stage.core("pods", "web-0"))).as("nobody would reach it").isFalse();
    assertThat(stage.status(namespace, "web").has("url")).isFalse();

    demand(api.delete(stage.core("services", "web")), "they take it away");
    Await.until("the Model's own Service", () -> stage.exists(stage.core("services", "web")));
    Await.until("no refusal", () -> !stage.ready("web").startsWith("Refused"));
    Await.until("its pod", () -> stage.exists(stage.core("pods", "web-0")));
    Await.until("its URL", () -> stage.status(namespace, "web").has("url"));
  }

  @Test
  void podsThatAreThereStayWhenTheirServiceBecomesSomebodyElses() throws IOException {
    stage.model("web");
    Await.until("its pod", () -> stage.exists(stage.core("pods", "web-0")));
    String uid = Trees.uid(stage.read(stage.core("pods", "web-0")));
    demand(
        api.mergePatch(
            stage.core("services", "web"),
            Trees.object("metadata", Map.of("labels", Map.of(Naming.MANAGED_BY, "helm")))),
        "they take it over");
    Await.until("it to be said", () -> stage.ready("web").startsWith("Refused"));
    demand(
        api.mergePatch(
            Resource.MODEL.path(namespace, "web"),
            Trees.object("spec", Map.of("dtype", "float16", "replicas", 2))),
        "what would replace the pod, and ask for another");

    Await.until(
        "it to be seen",
        () -> Trees.number(stage.status(namespace, "web"), "observedGeneration") == 2);
    assertThat(Trees.uid(stage.read(stage.core("pods", "web-0")))).isEqualTo(uid);
    assertThat(stage.exists(stage.core("pods", "web-1"))).isFalse();
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
            Stage.object(
                "v1",
                "Pod",
                "db-0",
                Map.of("containers", List.of(Map.of("name", "db", "image", "postgres"))))),
        "their pod");
    stage.model("db");

    Await.until("it to be said", () -> stage.ready("db").startsWith("Refused"));
    assertThat(stage.ready("db")).contains("the pod db-0 is there already and not this Model's");
  }

  @Test
  void anEntryOnAGpuThatItsPodDoesNotHaveIsCleared() throws IOException {
    stage.model("m");
    Await.until("its pod", () -> stage.exists(stage.core("pods", "m-0")));
    String has =
        Trees.annotation(stage.read(stage.core("pods", "m-0")), "greenthread.ai/gpus")
            .orElseThrow();
    String other = has.endsWith("-0") ? "gpu-" + node + "-1" : "gpu-" + node + "-0";
    occupy(has, 7);
    occupy(other, 3);

    Await.until("the other GPU to be cleared", () -> occupants(other).isEmpty());
    assertThat(occupants(has)).hasSize(1);
  }

  private void occupy(String gpu, long generation) throws IOException {
    demand(
        api.mergePatch(
            Resource.GPU.statusPath(stage.system, gpu),
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
    return Trees.items(
        Trees.at(stage.read(Resource.GPU.path(stage.system, gpu)), "status"), "occupants");
  }

  @Test
  void aGpuWhoseNodeIsGoneForGoodGoesToo() throws IOException {
    stage.gpu(0, "lost-" + node);
    Await.until(
        "it to go",
        () -> !stage.exists(Resource.GPU.path(stage.system, "gpu-lost-" + node + "-0")));
    assertThat(stage.exists(Resource.GPU.path(stage.system, "gpu-" + node + "-0"))).isTrue();
  }

  @Test
  void nothingIsPlacedWhereTheAgentIsSilent() throws Exception {
    controller.close();
    for (int i = 0; i < 2; i++) {
      demand(
          api.mergePatch(
              Resource.GPU.statusPath(stage.system, "gpu-" + node + "-" + i),
              Trees.object("status", Map.of("lastHeartbeat", "2026-01-01T00:00:00Z"))),
          "a heartbeat of long ago");
    }
    try (Controller later = stage.controller(RouteSettings.NONE)) {
      later.start();
      stage.model("q");
      Await.until(
          "it to be said",
          () -> stage.condition(namespace, "q", "Placed").contains("is silent since 2026-01-01"));
    }
    assertThat(stage.exists(stage.core("pods", "q-0"))).isFalse();
  }
}
