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
import ai.greenthread.k8s.render.RenderSettings.RouteKind;
import ai.greenthread.k8s.render.RenderSettings.RouteSettings;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Routes as an operator changes what is wanted of them. */
@RealControlPlane
class RoutesTest {
  private static final String HTTP_ROUTES =
      Resource.DEFINITIONS + "/httproutes.gateway.networking.k8s.io";

  private static final List<String> WRITES = List.of("POST", "PUT", "PATCH", "APPLY");

  private final Stage stage;
  private final JsonApi api;

  RoutesTest(ControlPlane plane) throws IOException {
    this.stage = new Stage(plane);
    this.api = stage.api;
  }

  @AfterEach
  void stop() throws IOException {
    stage.close();
  }

  private static RouteSettings routes(RouteKind kind, String host, Map<String, String> notes) {
    return new RouteSettings(kind, host, "http", "nginx", "gateways", notes);
  }

  private String ingress(String name) {
    return "/apis/networking.k8s.io/v1/namespaces/" + stage.namespace + "/ingresses/" + name;
  }

  private String httpRoute(String name) {
    return "/apis/gateway.networking.k8s.io/v1/namespaces/"
        + stage.namespace
        + "/httproutes/"
        + name;
  }

  private JsonObject rule(String name) {
    return Trees.items(Trees.at(stage.read(ingress(name)), "spec"), "rules").getFirst();
  }

  @Test
  void aHostAndAnAnnotationThatAreWantedNoMoreGo() throws Exception {
    stage.model("m");
    Map<String, String> patience = Map.of("example.com/patience", "600", "example.com/a", "1");
    try (Controller before =
        stage.controller(routes(RouteKind.INGRESS, "models.example.com", patience))) {
      before.start();
      Await.until("the route", () -> stage.exists(ingress("m")));
    }
    assertThat(Trees.text(rule("m"), "host")).contains("models.example.com");
    JsonObject note =
        Trees.object("metadata", Map.of("annotations", Map.of("example.com/theirs", "kept")));
    demand(api.mergePatch(ingress("m"), note), "somebody adds a note");

    try (Controller after =
        stage.controller(routes(RouteKind.INGRESS, "", Map.of("example.com/a", "1")))) {
      after.start();
      Await.until("the host to go", () -> !rule("m").has("host"));
    }
    JsonObject live = stage.read(ingress("m"));
    assertThat(Trees.annotation(live, "example.com/patience")).isEmpty();
    assertThat(Trees.annotation(live, "example.com/a")).contains("1");
    assertThat(Trees.annotation(live, "example.com/theirs")).contains("kept");
  }

  @Test
  void whatIsAsItShouldBeIsNotAppliedAgain() throws Exception {
    stage.model("m");
    RouteSettings same = routes(RouteKind.INGRESS, "models.example.com", Map.of("a/b", "1"));
    try (Controller first = stage.controller(same)) {
      first.start();
      Await.until("the route", () -> stage.exists(ingress("m")));
      Await.until("its status", () -> stage.ready("m").startsWith("Booting"));
    }
    long before = writes();
    assertThat(before).isPositive();
    try (Controller after = stage.controller(same)) {
      after.start();
      Await.until("a look at the Model", () -> after.counts().reconciled() > 0);
    }
    assertThat(writes()).isEqualTo(before);
  }

  /** Of Ingresses and Services, as the API server has counted them. */
  private long writes() throws IOException {
    return Trees.text(api.get("/metrics").body(), "message")
        .orElse("")
        .lines()
        .filter(line -> line.startsWith("apiserver_request_total{"))
        .filter(line -> line.contains("\"ingresses\"") || line.contains("\"services\""))
        .filter(line -> WRITES.stream().anyMatch(verb -> line.contains("\"" + verb + "\"")))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void routesOfAKindThatIsWantedNoMoreGoAndThoseOfOthersStay() throws Exception {
    stage.model("m");
    try (Controller before = stage.controller(routes(RouteKind.INGRESS, "", Map.of()))) {
      before.start();
      Await.until("the route", () -> stage.exists(ingress("m")));
    }
    JsonObject theirs =
        Stage.object(
            "networking.k8s.io/v1",
            "Ingress",
            "theirs",
            Map.of(
                "defaultBackend",
                Map.of("service", Map.of("name", "shop", "port", Map.of("number", 80)))));
    Trees.at(theirs, "metadata")
        .add("labels", Trees.tree(Map.of(Naming.MANAGED_BY, Naming.GREENTHREAD)));
    demand(api.create(ingress("").replaceFirst("/$", ""), theirs), "an Ingress with that label");

    try (Controller after = stage.controller(RouteSettings.NONE)) {
      after.start();
      Await.until("the route to go", () -> !stage.exists(ingress("m")));
    }
    assertThat(stage.exists(ingress("theirs"))).isTrue();
  }

  @Test
  void anIngressTakesThePlaceOfAnHttpRouteAndTheOtherWayRound() throws Exception {
    demand(api.create(Resource.DEFINITIONS, httpRoutes()), "define HTTPRoutes");
    try {
      Await.until(
          "HTTPRoutes to be served", () -> stage.exists(httpRoute("").replaceFirst("/$", "")));
      stage.model("m");
      try (Controller before = stage.controller(routes(RouteKind.HTTP_ROUTE, "", Map.of()))) {
        before.start();
        Await.until("the HTTPRoute", () -> stage.exists(httpRoute("m")));
      }
      try (Controller after = stage.controller(routes(RouteKind.INGRESS, "", Map.of()))) {
        after.start();
        Await.until("the Ingress", () -> stage.exists(ingress("m")));
        Await.until("the HTTPRoute to go", () -> !stage.exists(httpRoute("m")));
      }
      try (Controller back = stage.controller(routes(RouteKind.HTTP_ROUTE, "", Map.of()))) {
        back.start();
        Await.until("the HTTPRoute again", () -> stage.exists(httpRoute("m")));
        Await.until("the Ingress to go", () -> !stage.exists(ingress("m")));
      }
    } finally {
      api.delete(HTTP_ROUTES);
    }
  }

  @Test
  void ofTwoModelsOfOneNameTheOlderHasThePathUntilItGoes() throws Exception {
    String other = stage.newNamespace();
    String theirs = "/apis/networking.k8s.io/v1/namespaces/" + other + "/ingresses/m";
    try (Controller controller =
        stage.controller(routes(RouteKind.INGRESS, "models.example.com", Map.of()))) {
      controller.start();
      stage.model("m");
      Await.until("the route", () -> stage.exists(ingress("m")));
      stage.model(other, "m", Map.of());

      Await.until("it to be said", () -> !stage.condition(other, "m", "Routed").isEmpty());
      assertThat(stage.condition(other, "m", "Routed"))
          .startsWith("PathTaken: ")
          .contains("/m/", stage.namespace + "/m", "another name");
      assertThat(Trees.text(stage.status(other, "m"), "url"))
          .contains("http://m." + other + ".svc/v1");
      assertThat(stage.exists(theirs)).isFalse();
      assertThat(Trees.text(stage.status(stage.namespace, "m"), "url"))
          .contains("http://models.example.com/m/v1");

      demand(api.delete(Resource.MODEL.path(stage.namespace, "m")), "the older goes");
      Await.until("the newer to have the path", () -> stage.exists(theirs));
      Await.until("the URL", () -> url(other).equals("http://models.example.com/m/v1"));
      assertThat(stage.condition(other, "m", "Routed")).isEmpty();
      assertThat(stage.exists(ingress("m"))).as("it was taken back first").isFalse();
    }
  }

  private String url(String in) {
    return Trees.text(stage.status(in, "m"), "url").orElse("");
  }

  private static JsonObject httpRoutes() {
    JsonObject definition =
        Stage.object(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            "httproutes.gateway.networking.k8s.io",
            Trees.object(
                "group",
                "gateway.networking.k8s.io",
                "scope",
                "Namespaced",
                "names",
                Map.of(
                    "kind",
                    "HTTPRoute",
                    "plural",
                    "httproutes",
                    "singular",
                    "httproute",
                    "listKind",
                    "HTTPRouteList"),
                "versions",
                List.of(
                    Trees.object(
                        "name",
                        "v1",
                        "served",
                        true,
                        "storage",
                        true,
                        "schema",
                        Map.of(
                            "openAPIV3Schema",
                            Map.of(
                                "type",
                                "object",
                                "x-kubernetes-preserve-unknown-fields",
                                true))))));
    Trees.at(definition, "metadata")
        .add(
            "annotations",
            Trees.tree(Map.of("api-approved.kubernetes.io", "unapproved, for a test")));
    return definition;
  }
}
