package ai.greenthread.engine.chart;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.engine.cluster.EngineProgram;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ingress.IngressStandIn;
import ai.greenthread.k8s.node.NodeSpec;
import ai.greenthread.k8s.node.Pods;
import ai.greenthread.k8s.node.StandInNode;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The chart on a real API server, by Helm itself: every part runs under its own account with the
 * chart's own roles. Only kubelet and GPUs are stand-ins.
 */
@RealControlPlane(controllers = true)
class ChartInstallTest {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final String ROLES = "/apis/rbac.authorization.k8s.io/v1/";
  private static final String WEBHOOKS =
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/greenthread";
  private static final String RUNTIME_CLASSES = "/apis/node.k8s.io/v1/runtimeclasses";
  private static final String VALUES =
      """
      route: {kind: ingress}
      agent: {virtualGpus: [24Gi, 24Gi], reportPeriod: 2s}
      sidecar: {resources: {requests: {cpu: 10m}}}
      controller: {workers: %d}
      """;

  /** The one that docs/kubernetes.md applies. */
  private static final Path EXAMPLE =
      Rendered.CHART.resolve("../../../examples/kubernetes/model.yaml").normalize();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /** What the test looks at and talks to. */
  private record Site(JsonApi api, StandInNode gpuNode, StandInNode plainNode, String system) {
    void await(String what, Condition condition) throws IOException, InterruptedException {
      Instant deadline = Instant.now().plus(PATIENCE);
      while (!condition.holds()) {
        if (Instant.now().isAfter(deadline)) {
          throw new AssertionError(
              "waited in vain for "
                  + what
                  + "\n"
                  + gpuNode.lastWords(15)
                  + plainNode.lastWords(15));
        }
        Thread.sleep(200);
      }
    }

    long ready(String resource, String name, String field) throws IOException {
      String path = "/apis/apps/v1/namespaces/" + system + "/" + resource + "/greenthread-" + name;
      JsonObject status = Trees.at(ControlPlane.demand(api.get(path), name).body(), "status");
      long generation = Trees.number(status, "observedGeneration");
      return generation == 0 ? 0 : Trees.number(status, field);
    }

    void awaitEngine() throws IOException, InterruptedException {
      for (String part : List.of("controller", "webhook")) {
        await("two of " + part, () -> ready("deployments", part, "readyReplicas") == 2);
      }
      await("an agent", () -> ready("daemonsets", "agent", "numberReady") == 1);
    }

    Answer applied(String namespace, String yaml) throws IOException {
      JsonObject model = Pods.yaml(yaml);
      return api.apply(Resource.MODEL.path(namespace, Trees.name(model)), model, "a-user");
    }

    Set<String> names(String path) throws IOException {
      Set<String> names = new TreeSet<>();
      Trees.items(api.get(path).body(), "items").forEach(item -> names.add(Trees.name(item)));
      return names;
    }
  }

  @Test
  void itIsInstalledServesAModelIsUpgradedAndLeavesWhatItSays(
      ControlPlane plane, @TempDir Path folder) throws Exception {
    JsonApi api = plane.api();
    removeForeign(api);
    String system = plane.newNamespace("chart");
    String models = plane.newNamespace("chart-models");
    api.create(RUNTIME_CLASSES, Pods.yaml("{metadata: {name: nvidia}, handler: nvidia}"));
    HelmRelease release =
        new HelmRelease(plane.kubeconfig(), Rendered.CHART, "greenthread", system);
    Path program = EngineProgram.install(folder.resolve("bin"));
    Path ledger = Files.createFile(folder.resolve("simulated.ledger"));
    try (StandInNode gpuNode =
            StandInNode.start(plane, node("chart-gpu", folder, program, ledger).gpus("virtual"));
        StandInNode plainNode =
            StandInNode.start(plane, node("chart-plain", folder, program, ledger));
        IngressStandIn ingress = IngressStandIn.start(api)) {
      Site site = new Site(api, gpuNode, plainNode, system);

      assertThat(release.install(VALUES.formatted(4)).getStatus()).isEqualTo("deployed");
      site.awaitEngine();
      site.await(
          "the node's GPUs",
          () ->
              site.names(Resource.GPU.path(system))
                  .equals(Set.of("gpu-chart-gpu-0", "gpu-chart-gpu-1")));
      site.await("the webhook to be asked", () -> refuses(site, models));
      serves(site, ingress, models);
      assertThat(rights(site, models)).isEqualTo(3);

      assertThat(release.upgrade(VALUES.formatted(5)).getRevision()).isEqualTo("2");
      site.await("the new controllers", () -> workers(site).equals(Set.of("5")));
      site.awaitEngine();
      assertThat(refuses(site, models)).as("who signs for the webhook is still known").isTrue();
      assertThat(chat(ingress)).contains("choices");

      ControlPlane.demand(api.delete(Resource.MODEL.path(models, "first")), "delete the Model");
      site.await(
          "the Model to go", () -> api.get(Resource.MODEL.path(models, "first")).status() == 404);
      site.await("its account and what that may do to go with it", () -> rights(site, models) == 0);
      release.uninstall();
      leavesWhatItSays(site, models);
    } finally {
      api.delete(RUNTIME_CLASSES + "/nvidia");
    }
  }

  /** Without a GPU, as docs/kubernetes.md has it; no node is there, so that nothing runs. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasSetStaysSetInAnUpgradeThatReusesValues(boolean reset, ControlPlane plane)
      throws IOException, InterruptedException {
    removeForeign(plane.api());
    String system = plane.newNamespace("chart-reuse");
    HelmRelease release =
        new HelmRelease(plane.kubeconfig(), Rendered.CHART, "greenthread", system);
    release.install(
        "{vllm: {runtimeClassName: ''}, agent: {virtualGpus: [24Gi], nodeSelector: null}}");
    try {
      assertThat(release.upgradeReusing(reset).getRevision()).isEqualTo("2");

      String agents = "/apis/apps/v1/namespaces/" + system + "/daemonsets/greenthread-agent";
      JsonObject pod =
          Trees.at(
              ControlPlane.demand(plane.api().get(agents), "read").body(),
              "spec",
              "template",
              "spec");
      assertThat(pod.has("nodeSelector")).as("any node will do").isFalse();
      assertThat(pod.has("runtimeClassName")).isFalse();
      assertThat(pod.toString())
          .contains("{\"name\":\"GREENTHREAD_VIRTUAL_GPUS\",\"value\":\"24Gi\"}");
    } finally {
      release.uninstall();
    }
  }

  private static NodeSpec node(String name, Path folder, Path program, Path ledger) {
    return NodeSpec.of(name, folder.resolve(name))
        .environment("PATH", program + ":" + System.getenv("PATH"))
        .environment("GREENTHREAD_SIMULATOR_LEDGER", ledger.toString());
  }

  /**
   * Other tests make by hand what the chart makes, and Helm takes nothing over. It would take the
   * definitions as they are, so they go, too, for it to bring its own.
   */
  private static void removeForeign(JsonApi api) throws IOException, InterruptedException {
    api.delete(ROLES + "clusterroles/greenthread-sidecar-models");
    api.delete(ROLES + "clusterroles/greenthread-sidecar-gpus");
    api.delete(WEBHOOKS);
    for (Resource resource : Resource.values()) {
      String definition = Resource.DEFINITIONS + "/" + resource.plural() + "." + Resource.GROUP;
      api.delete(definition);
      Instant deadline = Instant.now().plus(PATIENCE);
      while (api.get(definition).status() != 404) {
        assertThat(Instant.now()).as("%s to go", definition).isBefore(deadline);
        Thread.sleep(50);
      }
    }
  }

  /**
   * The rule is the webhook's alone: neither schema nor CEL says it. Nothing is stored, so that
   * every try is a new object, whatever came of the one before.
   */
  private static boolean refuses(Site site, String namespace) throws IOException {
    JsonObject wrong =
        Pods.yaml(
            """
            apiVersion: %s
            kind: Model
            metadata: {name: wrong}
            spec: {modelName: a/b, sleep: {drainTimeout: 25h}}
            """
                .formatted(Resource.API_VERSION));
    Answer answer = site.api().create(Resource.MODEL.path(namespace) + "?dryRun=All", wrong);
    return !answer.ok() && answer.describe().contains("must be from 0s to 24h");
  }

  private void serves(Site site, IngressStandIn ingress, String namespace) throws Exception {
    ControlPlane.demand(site.applied(namespace, Files.readString(EXAMPLE)), "apply the Model");
    site.await(
        "the Model to be ready",
        () ->
            Trees.text(
                    Trees.at(
                        site.api().get(Resource.MODEL.path(namespace, "first")).body(), "status"),
                    "phase")
                .orElse("")
                .equals("Ready"));
    assertThat(chat(ingress)).contains("choices");
  }

  private String chat(IngressStandIn ingress) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(ingress.uri().resolve("/first/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofMinutes(3))
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        Trees.object(
                                "model",
                                "acme/first",
                                "messages",
                                List.of(Trees.object("role", "user", "content", "hello")))
                            .toString()))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return response.statusCode() + " " + response.body();
  }

  /** What the controllers' pods are told; during an update both the old and the new. */
  private static Set<String> workers(Site site) throws IOException {
    Set<String> told = new TreeSet<>();
    String pods =
        "/api/v1/namespaces/"
            + site.system()
            + "/pods?labelSelector=app.kubernetes.io%2Fname%3Dgreenthread-controller";
    for (JsonObject pod : Trees.items(site.api().get(pods).body(), "items")) {
      JsonObject container = Trees.items(Trees.at(pod, "spec"), "containers").getFirst();
      Trees.items(container, "env").stream()
          .filter(variable -> Trees.text(variable, "name").orElse("").equals("GREENTHREAD_WORKERS"))
          .forEach(variable -> told.add(Trees.text(variable, "value").orElse("")));
    }
    return told;
  }

  /** As docs/kubernetes.md says: the CRDs, and what processes made in the two namespaces. */
  private static void leavesWhatItSays(Site site, String models) throws Exception {
    String core = "/api/v1/namespaces/" + site.system() + "/";
    String apps = "/apis/apps/v1/namespaces/" + site.system() + "/";
    site.await("the pods to go", () -> site.names(core + "pods").isEmpty());
    assertThat(site.names(apps + "deployments")).isEmpty();
    assertThat(site.names(apps + "daemonsets")).isEmpty();
    assertThat(site.names(core + "services")).isEmpty();
    assertThat(site.names(core + "serviceaccounts")).containsExactly("default");
    assertThat(site.names(core + "secrets")).noneMatch(ChartInstallTest::ours);
    assertThat(site.names(ROLES + "clusterroles")).noneMatch(ChartInstallTest::ours);
    assertThat(site.names(ROLES + "clusterrolebindings")).noneMatch(ChartInstallTest::ours);
    assertThat(site.api().get(WEBHOOKS).status()).isEqualTo(404);

    assertThat(site.names(Resource.DEFINITIONS))
        .contains("models.greenthread.ai", "gpus.greenthread.ai");
    assertThat(site.names(Resource.GPU.path(site.system()))).hasSize(2);
    assertThat(site.names("/apis/coordination.k8s.io/v1/namespaces/" + site.system() + "/leases"))
        .containsExactly("greenthread-agent-chart-gpu", "greenthread-controller");
    assertThat(site.names(ROLES + "namespaces/" + site.system() + "/rolebindings")).isEmpty();
    assertThat(rights(site, models)).isZero();
  }

  /** What there is of the account of Model pods and of its bindings. */
  private static long rights(Site site, String models) throws IOException {
    long there = 0;
    for (String path :
        List.of(
            "/api/v1/namespaces/" + models + "/serviceaccounts/greenthread-model",
            ROLES + "namespaces/" + models + "/rolebindings/greenthread-greenthread-model",
            ROLES
                + "namespaces/"
                + site.system()
                + "/rolebindings/greenthread-"
                + models
                + ".greenthread-model")) {
      there += site.api().get(path).ok() ? 1 : 0;
    }
    return there;
  }

  private static boolean ours(String name) {
    return name.startsWith("greenthread");
  }
}
