package ai.greenthread.k8s.controller;

import static ai.greenthread.k8s.controlplane.ControlPlane.demand;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.Await;
import ai.greenthread.k8s.render.Naming;
import ai.greenthread.k8s.render.RenderSettings.RouteSettings;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Wait bounds on the way from pods and measurements to the Models' status. */
@RealControlPlane
class WaitBoundStatusTest {
  private static final String TAINT = "only-wait-bounds";

  private final Stage stage;

  WaitBoundStatusTest(ControlPlane plane) throws IOException {
    this.stage = new Stage(plane);
  }

  /** The control plane is shared: Models of other tests would be placed here. */
  @BeforeEach
  void keepOthersAway() throws IOException {
    demand(
        stage.api.mergePatch(
            "/api/v1/nodes/" + stage.node,
            Trees.object(
                "spec", Map.of("taints", List.of(Map.of("key", TAINT, "effect", "NoSchedule"))))),
        "taint the node");
  }

  @AfterEach
  void stop() throws IOException {
    stage.close();
  }

  @Test
  void theLongestWaitFollowsWhoSharesGpusAndIsWithdrawnWhereNoneHolds() throws Exception {
    try (Controller controller = stage.controller(RouteSettings.NONE)) {
      controller.start();
      // own drain 30 + 1, sleep 60; wake 120, a second to notice: 212
      model("a", Map.of());
      Await.until("its bound", () -> bound("a") == 220);
      model("b", Map.of());
      Await.until("another's beside it, on the other GPU", () -> bound("b") == 220);

      model("star", Map.of("popular", true));
      Await.until("who shares a GPU with it to have none", () -> bound("a") + bound("b") == 220);
      Await.until("its own", () -> bound("star") > 0);
      String beside = bound("a") == 0 ? "a" : "b";
      assertThat(stage.status(stage.namespace, beside).has("waitBoundSeconds")).isFalse();

      measured(beside);
      measured("star");
      // own drain and sleep 91; two wakes of 120, a second each: 333
      Await.until("room for both", () -> bound(beside) == 340 && bound("star") == 340);
      assertThat(bound(beside.equals("a") ? "b" : "a")).isEqualTo(220);
    }
  }

  @Test
  void anotherControllerDoesNotWithdrawWhatTheOneBeforeItSaid() throws Exception {
    try (Controller controller = stage.controller(RouteSettings.NONE)) {
      controller.start();
      model("a", Map.of());
      Await.until("its bound", () -> bound("a") == 220);
    }
    String version = version();
    try (Controller later = stage.controller(RouteSettings.NONE)) {
      later.start();
      stage.model(stage.namespace, "z", Map.of("product", "none-such"));
      Await.until("the next one to be looked at", () -> !stage.ready("z").isEmpty());
      assertThat(version()).isEqualTo(version);
    }
  }

  private void model(String name, Map<String, ?> fairness) throws IOException {
    stage.model(
        stage.namespace,
        name,
        Map.of(
            "fairness",
            fairness,
            "tolerations",
            List.of(Map.of("key", TAINT, "operator", "Exists"))));
  }

  private long bound(String model) {
    return Trees.number(stage.status(stage.namespace, model), "waitBoundSeconds");
  }

  /** As its sidecar would say that it needs a GiB. */
  private void measured(String model) throws IOException {
    String hash =
        Trees.annotation(stage.read(stage.core("pods", model + "-0")), Naming.REPLACE_HASH)
            .orElseThrow();
    demand(
        stage.api.mergePatch(
            Resource.MODEL.statusPath(stage.namespace, model),
            Trees.object(
                "status", Map.of("servingMemoryPerGPU", 1L << 30, "servingMemoryFor", hash))),
        "what was measured");
  }

  private String version() {
    return Trees.text(
            Trees.at(stage.read(Resource.MODEL.path(stage.namespace, "a")), "metadata"),
            "resourceVersion")
        .orElseThrow();
  }
}
