package ai.greenthread.k8s.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.node.Images;
import ai.greenthread.k8s.node.NodeSpec;
import ai.greenthread.k8s.node.Pods;
import ai.greenthread.k8s.node.StandInNode;
import ai.greenthread.k8s.node.TinyServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RealControlPlane(controllers = true)
class IngressTest {
  private static final int CLIENTS = 60;

  @TempDir Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private StandInNode node;
  private IngressStandIn ingress;
  private Pods pods;
  private String namespace;

  @BeforeEach
  void serve(ControlPlane plane) throws IOException {
    namespace = plane.newNamespace("ingress");
    node =
        StandInNode.start(
            plane,
            NodeSpec.of("node-of-" + namespace, folder)
                .images(Images.none().with("example.com/tiny", TinyServer.image())));
    pods = new Pods(plane.api(), namespace, node);
    ingress = IngressStandIn.start(plane.api());
    pods.create(
        "/api/v1/namespaces/" + namespace + "/services",
        Pods.yaml(
            """
            metadata: {name: web}
            spec:
              selector: {app: web}
              ports: [{name: http, port: 80, targetPort: http}]
            """));
    pods.create(
        "/apis/networking.k8s.io/v1/namespaces/" + namespace + "/ingresses",
        Pods.yaml(
            """
            metadata: {name: web}
            spec:
              rules:
              - http:
                  paths:
                  - path: /%s
                    pathType: Prefix
                    backend: {service: {name: web, port: {name: http}}}
            """
                .formatted(namespace)));
  }

  @AfterEach
  void end() throws IOException {
    client.shutdownNow();
    ingress.close();
    node.close();
  }

  private void pod(String name) throws IOException {
    pods.create(
        name,
        """
        labels: {app: web}
        ---
        containers:
        - name: main
          image: example.com/tiny:1
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /ready, port: http}, timeoutSeconds: 5}
        """);
  }

  private URI at(String path) {
    return ingress.uri().resolve("/" + namespace + path);
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(at(path)).build(), BodyHandlers.ofString());
  }

  @Test
  void requestsGoToReadyPodsInTurnAndSayWhereNobodyIs() throws Exception {
    pods.await("the rule", () -> status("/") == 503);
    URI elsewhere = ingress.uri().resolve("/elsewhere-than-" + namespace);
    assertThat(client.send(HttpRequest.newBuilder(elsewhere).build(), BodyHandlers.discarding()))
        .extracting(HttpResponse::statusCode)
        .isEqualTo(404);

    pod("one");
    pod("two");
    pods.awaitReady("one");
    pods.awaitReady("two");

    String path = "/" + namespace + "/who";
    pods.await("both to be met", () -> bodies().containsAll(List.of("one " + path, "two " + path)));
    byte[] large = new byte[3_000_000];
    HttpResponse<byte[]> echo =
        client.send(
            HttpRequest.newBuilder(at("/echo")).POST(BodyPublishers.ofByteArray(large)).build(),
            BodyHandlers.ofByteArray());
    assertThat(echo.body()).isEqualTo(large);

    pods.delete("one");
    pods.await("one to be left out", () -> bodies().stream().allMatch(("two " + path)::equals));
  }

  @Test
  void routesOfTheGatewayApiAreFollowedWhereItIsInstalled(ControlPlane plane) throws Exception {
    pods.create(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        Pods.yaml(
            """
            metadata:
              name: httproutes.gateway.networking.k8s.io
              annotations: {api-approved.kubernetes.io: 'unapproved, for a test'}
            spec:
              group: gateway.networking.k8s.io
              scope: Namespaced
              names: {kind: HTTPRoute, plural: httproutes, singular: httproute, listKind: HTTPRouteList}
              versions:
              - name: v1
                served: true
                storage: true
                schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
            """));
    String routes = "/apis/gateway.networking.k8s.io/v1/namespaces/" + namespace + "/httproutes";
    pods.await("HTTPRoutes to be served", () -> plane.api().get(routes).ok());
    pods.create(
        routes,
        Pods.yaml(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: web}
            spec:
              rules:
              - matches: [{path: {type: PathPrefix, value: /%s-route}}]
                backendRefs: [{name: web, port: 80}]
            """
                .formatted(namespace)));
    pod("one");
    pods.awaitReady("one");

    URI uri = ingress.uri().resolve("/" + namespace + "-route/hello");
    pods.await("the route", () -> status(uri) == 200);
  }

  private int status(String path) {
    return status(at(path));
  }

  private int status(URI uri) {
    try {
      HttpRequest request = HttpRequest.newBuilder(uri).build();
      return client.send(request, BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> bodies() throws IOException {
    List<String> bodies = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        bodies.add(get("/who").body());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return bodies;
  }

  @Test
  void streamsArriveAsTheyAreSentAndAnAbortIsFelt() throws Exception {
    pod("one");
    pods.awaitReady("one");
    pods.await("the way", () -> status("/") == 200);

    HttpRequest stream = HttpRequest.newBuilder(at("/stream")).build();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                client.send(stream, BodyHandlers.ofInputStream()).body(),
                StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("line 0");
      assertThat(lines.readLine()).isEqualTo("line 1");
    }

    pods.await("the pod to feel it", () -> pods.log("one").contains("the client left"));
  }

  @Test
  void anAnswerThatBreaksOffDoesNotLookWhole() throws Exception {
    pod("one");
    pods.awaitReady("one");
    pods.await("the way", () -> status("/") == 200);

    assertThat(status("/die")).isEqualTo(502);

    pods.await("the pod to be back", () -> pods.restarts("one") == 1 && status("/") == 200);
    HttpRequest stream = HttpRequest.newBuilder(at("/stream")).build();
    HttpResponse<Stream<String>> lines = client.send(stream, BodyHandlers.ofLines());
    node.kill(namespace, "one", "main");
    assertThat(catchThrowable(() -> lines.body().toList())).isNotNull();
  }

  @Test
  void manyClientsAreServedAtOnce() throws Exception {
    pod("one");
    pods.awaitReady("one");
    pods.await("the way", () -> status("/") == 200);
    List<Callable<String>> calls = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      calls.add(this::threeLines);
    }

    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> call : clients.invokeAll(calls)) {
        assertThat(call.get()).isEqualTo("line 0,line 1,line 2");
      }
    }
  }

  private String threeLines() throws IOException, InterruptedException {
    HttpRequest stream = HttpRequest.newBuilder(at("/stream")).build();
    try (var lines = client.send(stream, BodyHandlers.ofLines()).body()) {
      return String.join(",", lines.limit(3).toList());
    }
  }
}
