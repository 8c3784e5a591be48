package ai.greenthread.k8s.node;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.Binaries.Program;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real controllers and a real scheduler make of a stand-in node. */
@RealControlPlane(controllers = true)
class ClusterTest {
  @TempDir Path folder;
  private ControlPlane plane;
  private JsonApi api;
  private String namespace;
  private StandInNode node;
  private Pods pods;

  @BeforeEach
  void node(ControlPlane shared) throws IOException {
    plane = shared;
    api = plane.api();
    namespace = plane.newNamespace("cluster");
    node =
        StandInNode.start(
            plane,
            NodeSpec.of("node-of-" + namespace, folder)
                .images(Images.none().with("example.com/tiny", TinyServer.image()))
                .label("example.com/test", namespace)
                .gpus("NVIDIA-H100-80GB-HBM3")
                .capacity("nvidia.com/gpu", "1"));
    pods = new Pods(api, namespace, node);
  }

  @AfterEach
  void endNode() throws IOException {
    node.close();
  }

  private void deployment(int replicas) throws IOException {
    pods.create(
        "/apis/apps/v1/namespaces/" + namespace + "/deployments",
        Pods.yaml(
            """
            metadata: {name: web}
            spec:
              replicas: %d
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  nodeSelector: {example.com/test: %s}
                  terminationGracePeriodSeconds: 5
                  containers:
                  - {name: main, image: none, command: [sleep, '600'], ports: [{containerPort: 8080}]}
            """
                .formatted(replicas, namespace)));
    pods.create(
        "/api/v1/namespaces/" + namespace + "/services",
        Pods.yaml("{metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}"));
  }

  private Set<String> endpoints() throws IOException {
    JsonObject found = api.get("/api/v1/namespaces/" + namespace + "/endpoints/web").body();
    return Tree.objects(found, "subsets").stream()
        .flatMap(subset -> Tree.objects(subset, "addresses").stream())
        .map(address -> Tree.text("", address, "ip"))
        .collect(Collectors.toSet());
  }

  private List<JsonObject> running() throws IOException {
    return Tree.objects(api.get("/api/v1/namespaces/" + namespace + "/pods").body(), "items");
  }

  @Test
  void aDeploymentsPodsRunAreEndpointsAndAreReplaced() throws IOException {
    deployment(2);
    pods.await("two endpoints", () -> endpoints().size() == 2);
    assertThat(endpoints()).allMatch(address -> address.startsWith("10."));
    String first = NodeApi.name(running().getFirst());

    pods.delete(first);

    pods.await("the first to be gone", () -> api.get(pods.path(first)).status() == 404);
    pods.await("another in its place", () -> endpoints().size() == 2);
  }

  @Test
  void controllersThatWereKilledGoOnAfterARestart() throws IOException {
    deployment(1);
    pods.await("an endpoint", () -> endpoints().size() == 1);
    plane.kill(Program.CONTROLLER_MANAGER);
    plane.kill(Program.SCHEDULER);
    String scale = "/apis/apps/v1/namespaces/" + namespace + "/deployments/web";
    ControlPlane.demand(api.mergePatch(scale, Pods.yaml("{spec: {replicas: 2}}")), "scale");

    plane.restart(Program.CONTROLLER_MANAGER);
    plane.restart(Program.SCHEDULER);

    pods.await("two endpoints", () -> endpoints().size() == 2);
  }

  @Test
  void podsRunOnWhileTheServerIsAway() throws IOException {
    deployment(1);
    pods.await("an endpoint", () -> endpoints().size() == 1);
    String pod = NodeApi.name(running().getFirst());
    long pid = node.pid(namespace, pod, "main").orElseThrow();
    plane.kill(Program.API_SERVER);
    plane.kill(Program.ETCD);

    plane.restart(Program.ETCD);
    plane.restart(Program.API_SERVER);

    assertThat(node.pid(namespace, pod, "main")).contains(pid);
    pods.delete(pod);
    pods.await(
        "another in its place",
        () -> {
          Set<String> names = running().stream().map(NodeApi::name).collect(Collectors.toSet());
          return !names.contains(pod) && endpoints().size() == 1;
        });
  }

  @Test
  void whatBelongsToADeletedObjectIsCollected() throws IOException {
    JsonObject owner =
        pods.create(
            Resource.GPU.path(namespace),
            Pods.yaml(
                """
                apiVersion: greenthread.ai/v1alpha1
                kind: GPU
                metadata: {name: owner}
                spec: {nodeName: n, index: 0, totalMemoryBytes: 1}
                """));
    pods.create(
        "/api/v1/namespaces/" + namespace + "/configmaps",
        Pods.yaml(
            """
            metadata:
              name: owned
              ownerReferences:
              - {apiVersion: greenthread.ai/v1alpha1, kind: GPU, name: owner, uid: %s}
            """
                .formatted(NodeApi.uid(owner))));

    ControlPlane.demand(api.delete(Resource.GPU.path(namespace, "owner")), "delete the owner");

    String owned = "/api/v1/namespaces/" + namespace + "/configmaps/owned";
    pods.await("the owned one to be gone", () -> api.get(owned).status() == 404);
  }

  @Test
  void theSchedulerBindsUntilTheNodeIsFull() throws IOException {
    for (String name : List.of("fits", "waits")) {
      pods.create(
          "/api/v1/namespaces/" + namespace + "/pods",
          Pods.yaml(
              """
              metadata: {name: %s}
              spec:
                nodeSelector: {example.com/test: %s, nvidia.com/gpu.present: 'true'}
                containers:
                - name: main
                  image: none
                  command: [sleep, '600']
                  resources: {limits: {nvidia.com/gpu: 1}}
              """
                  .formatted(name, namespace)));
      if (name.equals("fits")) {
        pods.awaitReady(name);
      }
    }

    pods.await("the refusal", () -> unschedulable("waits").contains("Insufficient nvidia.com/gpu"));
    pods.delete("fits");
    pods.awaitReady("waits");
  }

  private String unschedulable(String name) throws IOException {
    return Tree.objects(pods.get(name), "status", "conditions").stream()
        .filter(one -> Tree.text("", one, "type").equals("PodScheduled"))
        .map(one -> Tree.text("", one, "message"))
        .collect(Collectors.joining());
  }

  @Test
  void aPodMayDoWhatItsAccountMayAndNothingWithoutAToken() throws Exception {
    pods.create(
        "asking",
        """
        ---
        automountServiceAccountToken: false
        containers:
        - name: main
          image: example.com/tiny
          readinessProbe: {tcpSocket: {port: 8080}, timeoutSeconds: 5}
          volumeMounts: [{name: token, mountPath: /token}]
        - name: nobody
          image: example.com/tiny
          env: [{name: PORT, value: '8081'}]
          readinessProbe: {tcpSocket: {port: 8081}, timeoutSeconds: 5}
        volumes:
        - {name: token, projected: {sources: [{serviceAccountToken: {path: token}}]}}
        """);
    pods.awaitReady("asking");
    String path = Resource.GPU.path(namespace);
    String account = "system:serviceaccount:" + namespace + ":default";
    assertThat(ask(8080, path)).startsWith("403").contains(account);

    pods.create(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/roles",
        Pods.yaml(
            "{metadata: {name: reader}, rules: [{apiGroups: [greenthread.ai], resources: [gpus],"
                + " verbs: [list]}]}"));
    pods.create(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/rolebindings",
        Pods.yaml(
            """
            metadata: {name: reader}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
            subjects: [{kind: ServiceAccount, name: default, namespace: %s}]
            """
                .formatted(namespace)));

    pods.await("the permission", () -> ask(8080, path).startsWith("200"));
    assertThat(ask(8081, path)).startsWith("403").contains("system:anonymous");
  }

  private String ask(int port, String path) throws IOException {
    String host = node.loopback(namespace, "asking");
    URI uri = URI.create("http://%s:%d/ask?%s".formatted(host, port, path));
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean nodeReady() throws IOException {
    return Tree.objects(api.get("/api/v1/nodes/" + node.name()).body(), "status", "conditions")
        .stream()
        .anyMatch(one ->
            Tree.text("", one, "type").equals("Ready")
                && Tree.text("", one, "status").equals("True"));
  }

  @Test
  void aNodeMayVanishAndComeBack() throws IOException {
    deployment(1);
    pods.await("an endpoint", () -> endpoints().size() == 1);
    String pod = NodeApi.name(running().getFirst());
    long pid = node.pid(namespace, pod, "main").orElseThrow();

    node.partition();

    pods.await("the node to be missed", () -> !nodeReady());
    pods.await("its pod to be no endpoint", () -> endpoints().isEmpty());
    assertThat(node.pid(namespace, pod, "main")).contains(pid);
    node.comeBack();
    pods.await("the node to be back", this::nodeReady);
    pods.await("the endpoint to be back", () -> endpoints().size() == 1);
    assertThat(node.pid(namespace, pod, "main")).contains(pid);

    node.crash();
    // A killed process is there until its parent has looked.
    pods.await(
        "its process to be gone",
        () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    node.comeBack();
    pods.await("the pod to run again", () -> pods.restarts(pod) == 1 && pods.ready(pod));
  }

  @Test
  void aPodThatHasDoneItsWorkIsNotStartedAgain() throws IOException {
    pods.create(
        "done",
        """
        ---
        restartPolicy: Never
        containers:
        - {name: main, image: none, command: ['true']}
        """);
    pods.create(
        "failed",
        """
        ---
        restartPolicy: Never
        containers:
        - {name: main, image: none, command: ['false']}
        """);

    pods.await(
        "the first to succeed",
        () -> Tree.text("", pods.get("done"), "status", "phase").equals("Succeeded"));
    pods.await(
        "the second to fail",
        () -> Tree.text("", pods.get("failed"), "status", "phase").equals("Failed"));
  }

  @Test
  void whatAKilledRunLeftIsEndedByTheNext() throws IOException {
    pods.create(
        "left",
        """
        ---
        containers:
        - {name: main, image: none, command: [sh, -c, 'setsid sleep 600 & exec sleep 600']}
        """);
    pods.awaitReady("left");
    ProcessHandle process =
        ProcessHandle.of(node.pid(namespace, "left", "main").orElseThrow()).orElseThrow();

    Marked.kill(folder.resolve("elsewhere"));
    assertThat(process.isAlive()).isTrue();
    try (StandInNode next = StandInNode.start(plane, NodeSpec.of("next-of-" + namespace, folder))) {
      assertThat(process.isAlive()).isFalse();
      assertThat(next.has(namespace, "left")).isFalse();
    }
  }
}
