package ai.greenthread.k8s.controller;

import static ai.greenthread.k8s.controlplane.ControlPlane.demand;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ModelSpec;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What accounts of Model pods may do lasts for as long as somebody uses it. */
@RealControlPlane
class RightsTest {
  private static final String OURS = "greenthread-model";

  private final Stage stage;
  private final JsonApi api;

  RightsTest(ControlPlane plane) throws IOException {
    this.stage = new Stage(plane);
    this.api = stage.api;
  }

  @AfterEach
  void stop() throws IOException {
    stage.close();
  }

  private static String bindings(String namespace) {
    return "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/rolebindings/";
  }

  private boolean onModels(String namespace, String account) {
    return stage.exists(bindings(namespace) + "greenthread-" + account);
  }

  private boolean onGpus(String namespace, String account) {
    return stage.exists(bindings(stage.system) + "greenthread-" + namespace + "." + account);
  }

  private boolean isThere(String namespace, String account) {
    return stage.exists("/api/v1/namespaces/" + namespace + "/serviceaccounts/" + account);
  }

  private void awaitGiven(String namespace, String account) {
    Await.until(
        "the rights of " + account,
        () -> onModels(namespace, account) && onGpus(namespace, account));
  }

  private void awaitTakenBack(String namespace, String account) {
    Await.until(
        "the rights of " + account + " to be taken back",
        () -> !onModels(namespace, account) && !onGpus(namespace, account));
  }

  private void delete(String namespace, String model) throws IOException {
    demand(api.delete(Resource.MODEL.path(namespace, model)), "delete " + model);
  }

  @Test
  void theyGoWithTheLastModelThatUsesThem() throws Exception {
    String other = stage.newNamespace();
    try (Controller controller = stage.controller(RouteSettings.NONE)) {
      controller.start();
      stage.model("one");
      stage.model("two");
      stage.model(other, "three", Map.of());
      awaitGiven(stage.namespace, OURS);
      awaitGiven(other, OURS);
      delete(stage.namespace, "one");
      delete(other, "three");

      awaitTakenBack(other, OURS);
      assertThat(isThere(other, OURS)).isFalse();
      assertThat(onModels(stage.namespace, OURS)).as("there is another Model").isTrue();
      assertThat(onGpus(stage.namespace, OURS)).isTrue();

      delete(stage.namespace, "two");
      awaitTakenBack(stage.namespace, OURS);
      stage.model("again");
      awaitGiven(stage.namespace, OURS);
      assertThat(isThere(stage.namespace, OURS)).isTrue();
    }
  }

  @Test
  void anAccountOfTheUserStays() throws Exception {
    demand(
        api.create(
            "/api/v1/namespaces/" + stage.namespace + "/serviceaccounts",
            Trees.object("metadata", Map.of("name", "theirs"))),
        "an account");
    try (Controller controller = stage.controller(RouteSettings.NONE)) {
      controller.start();
      stage.model(stage.namespace, "m", Map.of("serviceAccountName", "theirs"));
      awaitGiven(stage.namespace, "theirs");
      delete(stage.namespace, "m");

      awaitTakenBack(stage.namespace, "theirs");
      assertThat(isThere(stage.namespace, "theirs")).isTrue();
    }
  }

  @Test
  void anAccountThatWasThereBeforeOursStaysToo() throws Exception {
    demand(
        api.create(
            "/api/v1/namespaces/" + stage.namespace + "/serviceaccounts",
            Trees.object("metadata", Map.of("name", OURS))),
        "an account of that name");
    try (Controller controller = stage.controller(RouteSettings.NONE)) {
      controller.start();
      stage.model("m");
      awaitGiven(stage.namespace, OURS);
      delete(stage.namespace, "m");

      awaitTakenBack(stage.namespace, OURS);
      assertThat(isThere(stage.namespace, OURS)).isTrue();
    }
  }

  /** Earlier versions labelled accounts that were there before. */
  @Test
  void anAccountWithMoreThanWeMakeStaysWhateverItsLabelSays() throws Exception {
    JsonObject theirs =
        Trees.object(
            "metadata",
            Trees.object(
                "name",
                OURS,
                "labels",
                Map.of(Naming.MANAGED_BY, Naming.GREENTHREAD),
                "annotations",
                Map.of("example.com/identity", "models")));
    demand(
        api.create("/api/v1/namespaces/" + stage.namespace + "/serviceaccounts", theirs),
        "an account of that name");
    try (Controller controller = stage.controller(RouteSettings.NONE)) {
      controller.start();
      stage.model("m");
      awaitGiven(stage.namespace, OURS);
      delete(stage.namespace, "m");

      awaitTakenBack(stage.namespace, OURS);
      assertThat(isThere(stage.namespace, OURS)).isTrue();
    }
  }

  @Test
  void aPodThatDrainsKeepsItsRightsUntilItIsGone() throws Exception {
    String other = stage.newNamespace();
    try (Controller controller = stage.controller(RouteSettings.NONE)) {
      controller.start();
      stage.model("m");
      stage.model(other, "sign", Map.of());
      String pod = stage.core("pods", "m-0");
      Await.until("its pod", () -> stage.exists(pod));
      awaitGiven(other, OURS);
      bind("m-0");
      demand(
          api.mergePatch(
              Resource.MODEL.path(stage.namespace, "m"),
              Trees.object("spec", Map.of("serviceAccountName", "theirs"))),
          "another account");
      Await.until("the pod to drain", () -> Trees.deleting(stage.read(pod)));
      delete(other, "sign");

      awaitTakenBack(other, OURS);
      assertThat(onGpus(stage.namespace, OURS)).as("for the pod that drains").isTrue();
      assertThat(onModels(stage.namespace, OURS)).isTrue();

      demand(api.delete(pod + "?gracePeriodSeconds=0"), "it has drained");
      awaitTakenBack(stage.namespace, OURS);
      awaitGiven(stage.namespace, "theirs");
    }
  }

  /** Only what is on a node gets time to drain. */
  private void bind(String pod) throws IOException {
    demand(
        api.create(
            stage.core("pods", pod) + "/binding",
            Trees.object(
                "apiVersion",
                "v1",
                "kind",
                "Binding",
                "metadata",
                Map.of("name", pod),
                "target",
                Map.of("kind", "Node", "name", stage.node))),
        "bind the pod");
  }

  @Test
  void whatAnEarlierControllerGaveIsFoundAfterARestart() throws Exception {
    try (Controller before = stage.controller(RouteSettings.NONE)) {
      before.start();
      stage.model("m");
      awaitGiven(stage.namespace, OURS);
      Await.until("its pod", () -> stage.exists(stage.core("pods", "m-0")));
    }
    stage.removeModels();
    demand(api.delete(stage.core("pods", "m-0")), "the garbage collector");

    try (Controller after = stage.controller(RouteSettings.NONE)) {
      after.start();
      awaitTakenBack(stage.namespace, OURS);
    }
    assertThat(isThere(stage.namespace, OURS)).isFalse();
  }

  @Test
  void whoeverIsMadeWhileTheyAreTakenBackHasThem() throws Exception {
    var settings = stage.settings(RouteSettings.NONE);
    try (Sight sight = new Sight(api, settings, new SplittableRandom(1))) {
      sight.start();
      assertThat(sight.awaitFilled(Duration.ofMinutes(1))).isTrue();
      Rights rights = new Rights(api, sight, settings, InstantSource.system());
      AtomicBoolean over = new AtomicBoolean();
      AtomicInteger looks = new AtomicInteger();
      Thread sweep =
          Thread.ofVirtual()
              .start(() -> {
                while (!over.get()) {
                  takeBack(rights);
                  looks.incrementAndGet();
                }
              });
      ModelRef ref = new ModelRef(stage.namespace, "m");
      Model model = new Model(ref, Map.of(), Map.of(), ModelSpec.of("acme/m"));
      for (int round = 0; round < 30; round++) {
        stage.model("m");
        Await.until("it to be seen", () -> sight.model(ref).isPresent());
        rights.give(model);
        int now = looks.get();
        Await.until("two more sweeps", () -> looks.get() > now + 2);
        assertThat(List.of(onModels(stage.namespace, OURS), onGpus(stage.namespace, OURS)))
            .as("round " + round)
            .containsOnly(true);
        delete(stage.namespace, "m");
        Await.until("it to be gone", () -> sight.model(ref).isEmpty());
      }
      over.set(true);
      sweep.join();
      rights.takeBack(true);
      assertThat(onGpus(stage.namespace, OURS)).isFalse();
    }
  }

  private static void takeBack(Rights rights) {
    try {
      rights.takeBack(true);
    } catch (IOException e) {
      // A sweep that fails is followed by another one.
    }
  }
}
