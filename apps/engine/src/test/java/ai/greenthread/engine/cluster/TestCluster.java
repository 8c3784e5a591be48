package ai.greenthread.engine.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ingress.IngressStandIn;
import ai.greenthread.k8s.node.NodeSpec;
import ai.greenthread.k8s.node.Pods;
import ai.greenthread.k8s.node.StandInNode;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A cluster with the engine on it: real etcd, API server, controller-manager and scheduler; nodes
 * that run pods as processes; a stand-in for NVML on each, in which simulated servers hold what
 * they hold; agents, a webhook on each node and two controllers.
 */
public final class TestCluster implements AutoCloseable {
  public static final String SYSTEM = "greenthread-system";
  private static final Path NVML_SOURCE =
      Path.of("adapters-gpu", "src", "test", "resources", "fake_nvml.c");
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int GPUS_PER_NODE = 2;

  private final ControlPlane plane;
  private final JsonApi api;
  private final List<StandInNode> nodes = new ArrayList<>();
  private final List<EngineProcess> agents = new ArrayList<>();
  private final List<EngineProcess> controllers = new ArrayList<>();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private @Nullable IngressStandIn ingress;
  private @Nullable WebhookReplicas webhooks;

  /** What a client got. */
  record Reply(int status, String body) {}

  /** Something to wait for. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws IOException;
  }

  private TestCluster(ControlPlane plane) {
    this.plane = plane;
    this.api = plane.api();
  }

  /** Starts the engine on so many nodes with two GPUs each. */
  public static TestCluster start(ControlPlane plane, Path folder, int nodes)
      throws IOException, InterruptedException {
    TestCluster cluster = new TestCluster(plane);
    boolean complete = false;
    try {
      cluster.begin(folder, nodes);
      complete = true;
      return cluster;
    } finally {
      if (!complete) {
        cluster.close();
      }
    }
  }

  private void begin(Path folder, int count) throws IOException, InterruptedException {
    Path program = EngineProgram.install(folder.resolve("bin"));
    Path library = compileNvml(folder);
    makeSystemNamespace();
    ingress = IngressStandIn.start(api);
    for (int i = 0; i < count; i++) {
      startNode("node-" + (char) ('a' + i), folder, program, library);
    }
    for (String name : List.of("controller-1", "controller-2")) {
      controllers.add(
          new EngineProcess(
              program,
              folder.resolve(name + ".log"),
              Map.of(
                  "KUBECONFIG", plane.kubeconfig().toString(),
                  "POD_NAME", name,
                  "GREENTHREAD_HOST", "127.0.0.1",
                  "GREENTHREAD_SIDECAR_IMAGE", "greenthread/engine:test",
                  "GREENTHREAD_ROUTE", "ingress",
                  "GREENTHREAD_ROUTE_HOST", "",
                  "GREENTHREAD_SIDECAR_RESOURCES", "requests.cpu=10m"),
              "controller",
              "--port",
              "0"));
    }
    webhooks = WebhookReplicas.start(plane, SYSTEM, program, folder, nodes);
    await("GPU objects of all nodes", () -> gpus().size() == count * GPUS_PER_NODE);
    await("the webhook to be asked", () -> webhooks().judged("default").status() == 422);
  }

  private void startNode(String name, Path folder, Path program, Path library) throws IOException {
    Path control = folder.resolve(name + ".gpus");
    Files.write(
        control,
        List.of(
            "driver 580.95",
            "gpu NVIDIA L4|24576|0|0|31|17000|0|0",
            "gpu NVIDIA L4|24576|0|0|33|18000|0|0"));
    StandInNode node =
        StandInNode.start(
            plane,
            NodeSpec.of(name, folder.resolve(name))
                .gpus("NVIDIA-L4")
                .environment("PATH", program + ":" + System.getenv("PATH"))
                .environment("GREENTHREAD_SIMULATOR_LEDGER", control.toString())
                .environment("GREENTHREAD_LOG_LEVEL", "INFO"));
    nodes.add(node);
    agents.add(
        new EngineProcess(
            program,
            folder.resolve(name + "-agent.log"),
            Map.of(
                "KUBECONFIG", plane.kubeconfig().toString(),
                "NODE_NAME", name,
                "POD_NAME", "agent-" + name,
                "GREENTHREAD_HOST", node.loopback(),
                "GREENTHREAD_FAKE_NVML", control.toString(),
                "GREENTHREAD_NVML_LIBRARY", library.toString(),
                "GREENTHREAD_REPORT_PERIOD", "2s"),
            "agent"));
  }

  /** A module's tests begin in its folder, at any depth of the repository. */
  private static Path nvmlSource() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve(NVML_SOURCE))) {
      folder = Objects.requireNonNull(folder.getParent(), "no " + NVML_SOURCE);
    }
    return folder.resolve(NVML_SOURCE);
  }

  private static Path compileNvml(Path folder) throws IOException, InterruptedException {
    Path library = folder.resolve("libnvidia-ml.so.1");
    try {
      Process compiler =
          new ProcessBuilder(
                  "gcc", "-shared", "-fPIC", "-o", library.toString(), nvmlSource().toString())
              .inheritIO()
              .start();
      if (compiler.waitFor() != 0) {
        throw new IllegalStateException("the stand-in for NVML does not compile");
      }
    } catch (IOException e) {
      assumeTrue(false, "the stand-in for NVML needs a C compiler: " + e.getMessage());
    }
    return library;
  }

  private void makeSystemNamespace() throws IOException {
    Answer made =
        api.create(
            "/api/v1/namespaces",
            Trees.object(
                "apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", SYSTEM)));
    if (!made.ok() && made.status() != 409) {
      throw new IOException(made.describe());
    }
    String roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    role(
        roles,
        "greenthread-sidecar-models",
        List.of(
            rule("greenthread.ai", "models", "get"),
            rule("greenthread.ai", "models/status", "patch")));
    role(
        roles,
        "greenthread-sidecar-gpus",
        List.of(
            rule("greenthread.ai", "gpus", "get", "list", "watch"),
            rule("greenthread.ai", "gpus/status", "patch")));
  }

  private static JsonObject rule(String group, String resource, String... verbs) {
    return Trees.object(
        "apiGroups", List.of(group), "resources", List.of(resource), "verbs", List.of(verbs));
  }

  private void role(String path, String name, List<JsonObject> rules) throws IOException {
    Answer made =
        api.create(
            path,
            Trees.object(
                "apiVersion",
                "rbac.authorization.k8s.io/v1",
                "kind",
                "ClusterRole",
                "metadata",
                Map.of("name", name),
                "rules",
                rules));
    if (!made.ok() && made.status() != 409) {
      throw new IOException(made.describe());
    }
  }

  /** Applies a Model, given its metadata and spec. */
  public void apply(String namespace, String yaml) throws IOException {
    JsonObject model = Pods.yaml(yaml);
    model.addProperty("apiVersion", Resource.API_VERSION);
    model.addProperty("kind", "Model");
    ControlPlane.demand(
        api.apply(Resource.MODEL.path(namespace, Trees.name(model)), model, "a-user"),
        "apply " + Trees.name(model));
  }

  void delete(String namespace, String model) throws IOException {
    ControlPlane.demand(api.delete(Resource.MODEL.path(namespace, model)), "delete " + model);
  }

  /** A Model's status; empty once the Model is gone. */
  public Optional<JsonObject> status(String namespace, String model) throws IOException {
    Answer answer = api.get(Resource.MODEL.path(namespace, model));
    return answer.status() == 404
        ? Optional.empty()
        : Optional.of(Trees.at(ControlPlane.demand(answer, "read " + model).body(), "status"));
  }

  List<JsonObject> gpus() throws IOException {
    return Trees.items(api.get(Resource.GPU.path(SYSTEM)).body(), "items");
  }

  /** Names of all pods in GPU objects. */
  Set<String> occupants() throws IOException {
    Set<String> names = new TreeSet<>();
    for (JsonObject gpu : gpus()) {
      for (JsonObject occupant : Trees.items(Trees.at(gpu, "status"), "occupants")) {
        names.add(Trees.text(occupant, "podName").orElse(""));
      }
    }
    return names;
  }

  /** One chat request over the Model's own URL. */
  Reply chat(String model, String modelName, String text) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(uri(model).resolve("/" + model + "/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofMinutes(3))
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        Trees.object(
                                "model",
                                modelName,
                                "messages",
                                List.of(Trees.object("role", "user", "content", text)))
                            .toString()))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return new Reply(response.statusCode(), response.body());
  }

  /** What a sidecar says of itself. */
  String sidecarState(String namespace, String pod) throws IOException {
    Optional<URI> sidecar = sidecar(namespace, pod);
    if (sidecar.isPresent()) {
      try {
        HttpResponse<String> response =
            http.send(
                HttpRequest.newBuilder(sidecar.get().resolve("/status"))
                    .timeout(Duration.ofSeconds(5))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        return Trees.text(JsonParser.parseString(response.body()).getAsJsonObject(), "state")
            .orElse("");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return "";
  }

  /** Where the sidecar of a pod listens, if a node has the pod. */
  Optional<URI> sidecar(String namespace, String pod) {
    return nodes.stream()
        .filter(node -> node.has(namespace, pod))
        .findFirst()
        .map(node -> URI.create("http://" + node.loopback(namespace, pod) + ":8080"));
  }

  /** The longest wait that any Model in a namespace is said to have while nothing fails. */
  Duration waitBound(String namespace) throws IOException {
    return Trees.items(api.get(Resource.MODEL.path(namespace)).body(), "items").stream()
        .map(model -> {
          long seconds = Trees.number(Trees.at(model, "status"), "waitBoundSeconds");
          assertThat(seconds).as("the wait bound of " + Trees.name(model)).isPositive();
          return Duration.ofSeconds(seconds);
        })
        .max(Duration::compareTo)
        .orElseThrow();
  }

  private URI uri(String model) {
    return Objects.requireNonNull(ingress).uri().resolve("/" + model + "/");
  }

  List<StandInNode> nodes() {
    return nodes;
  }

  List<EngineProcess> agents() {
    return agents;
  }

  List<EngineProcess> controllers() {
    return controllers;
  }

  WebhookReplicas webhooks() {
    return Objects.requireNonNull(webhooks);
  }

  public void await(String what, Condition condition) throws IOException, InterruptedException {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!condition.holds()) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("waited in vain for " + what + "\n" + lastWords());
      }
      Thread.sleep(100);
    }
  }

  /** What everybody said last, for the message of a failure. */
  public String lastWords() throws IOException {
    StringBuilder words = new StringBuilder();
    for (EngineProcess process : controllers) {
      words.append("controller:\n").append(process.lastWords());
    }
    if (webhooks != null) {
      for (EngineProcess process : webhooks.processes()) {
        words.append("webhook:\n").append(process.lastWords());
      }
    }
    for (EngineProcess process : agents) {
      words.append("agent:\n").append(process.lastWords());
    }
    for (StandInNode node : nodes) {
      words.append(node.lastWords(15));
    }
    return words.toString();
  }

  /** The control plane is shared: a Model that stayed would be served in the next cluster. */
  private void deleteModels() throws IOException {
    for (JsonObject model : Trees.items(api.get(Resource.MODEL.path()).body(), "items")) {
      String path = Resource.MODEL.path(Trees.namespace(model), Trees.name(model));
      api.mergePatch(path, Trees.object("metadata", Trees.object("finalizers", JsonNull.INSTANCE)));
      api.delete(path);
    }
  }

  @Override
  public void close() throws IOException {
    controllers.forEach(EngineProcess::close);
    deleteModels();
    for (StandInNode node : nodes) {
      node.close();
    }
    agents.forEach(EngineProcess::close);
    if (ingress != null) {
      ingress.close();
    }
    if (webhooks != null) {
      webhooks.close();
    }
    for (JsonObject gpu : gpus()) {
      api.delete(Resource.GPU.path(SYSTEM, Trees.name(gpu)));
    }
  }
}
