package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.PutMode;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.cluster.ClusterEngine;
import ai.greenthread.cli.cluster.Kubeconfig;
import ai.greenthread.engine.cluster.TestCluster;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The promises of an engine, kept by one on a cluster, and what gtctl says of that cluster. */
@RealControlPlane(controllers = true)
class ClusterEngineContractTest extends EngineContract {
  // JUnit sets the first, and all are set before the first test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  static Path folder;

  @SuppressWarnings("NullAway.Init")
  private static ControlPlane plane;

  @SuppressWarnings("NullAway.Init")
  private static TestCluster cluster;

  @SuppressWarnings("NullAway.Init")
  private static String namespace;

  @SuppressWarnings("NullAway.Init")
  private static ClusterEngine engine;

  @BeforeAll
  static void start(ControlPlane shared) throws Exception {
    plane = shared;
    cluster = TestCluster.start(plane, folder, 1);
    namespace = plane.newNamespace("gtctl");
    engine =
        new ClusterEngine(
            Kubeconfig.read(Optional.of(plane.kubeconfig()), Map.of(), folder)
                .require(Optional.empty()),
            Optional.empty(),
            new Reach.Visible(),
            note -> {});
  }

  @AfterAll
  static void stop() throws IOException {
    engine.close();
    cluster.close();
  }

  @Override
  Engine engine() {
    return engine;
  }

  @Override
  String namespace() {
    return namespace;
  }

  @Override
  String spec() {
    return """
    {"fairness": {"minRuntime": "1s", "maxWaitTime": "1s"}, "sleep": {"drainTimeout": "5s"},
     "runtime": {"type": "simulated", "memory": "5Gi", "options": {
      "gpu-memory": "24GiB", "gpu-memory-utilization": "0.2", "weights": "2GiB", "residue": "100MiB"}}}
    """;
  }

  @Override
  String lastWords() {
    try {
      return cluster.lastWords();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** gtctl as the administrator. */
  private Run.Result gtctl(String... words) {
    return gtctl(plane.kubeconfig(), words);
  }

  private Run.Result gtctl(Path kubeconfig, String... words) {
    List<String> all = new java.util.ArrayList<>(List.of(words));
    all.addAll(List.of("--kubeconfig", kubeconfig.toString()));
    return new Run(folder.resolve("no-engine")).realClock().gtctl(all.toArray(String[]::new));
  }

  @Test
  void allReplicasAreWokenAndPutToSleepTogether() throws Exception {
    ready("pair", 2);
    Run.Result woken = gtctl("wake", "pair", "-n", namespace, "-o", "json");
    assertThat(woken.code()).as(woken.err() + lastWords()).isZero();
    assertThat(woken.out()).contains("\"new_state\": \"serving\"", "pair-0", "pair-1");
    until("both serve", () -> model("pair").orElseThrow().state().equals("serving"));
    assertThat(model("pair").orElseThrow().replicaStatuses()).hasSize(2);
    Run.Result asleep = gtctl("sleep", "pair", "-n", namespace);
    assertThat(asleep.out()).startsWith("pair: serving → sleeping in ");
    assertThat(gtctl("logs", "pair", "-n", namespace, "--replica", "1").out()).isNotBlank();
    Run.Result none = gtctl("logs", "pair", "-n", namespace, "--replica", "7");
    assertThat(none.code()).isEqualTo(4);
    assertThat(none.err()).contains("has no replica 7", "there are: pair-0, pair-1");
    assertThat(gtctl("delete", "model", "pair", "-n", namespace).out())
        .isEqualTo("model/" + namespace + "/pair deleted\n");
  }

  @Test
  void statusNamesContextServerAndLeader() {
    Run.Result status = gtctl("status");
    assertThat(status.code()).as(status.err()).isZero();
    assertThat(status.out())
        .contains("Engine:", "up, led by controller-")
        .contains("test\n", "https://127.0.0.1:" + plane.port(), "greenthread-system")
        .contains("Models:", "GPUs:")
        .contains("2 (");
    assertThat(gtctl("status", "-o", "json").out())
        .contains("\"up\": true", "\"context\": \"test\"", "\"gpus\"");
  }

  /** What docs/kubernetes.md says that a person needs beside the chart's own roles. */
  @Test
  void theRolesOfKubernetesHaveWhatGtctlNeedsOfPods() throws Exception {
    String roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:aggregate-to-";
    assertThat(verbs(roles + "edit", "pods/proxy")).contains("get", "create");
    assertThat(verbs(roles + "view", "pods/log")).contains("get");
    assertThat(verbs(roles + "view", "pods")).contains("list", "watch");
    assertThat(verbs(roles + "view", "events")).contains("list", "watch");
  }

  private static List<String> verbs(String role, String resource) throws IOException {
    return Trees.items(ControlPlane.demand(plane.api().get(role), "read a role").body(), "rules")
        .stream()
        .filter(rule -> rule.getAsJsonArray("resources").toString().contains('"' + resource + '"'))
        .flatMap(rule -> rule.getAsJsonArray("verbs").asList().stream())
        .map(verb -> verb.getAsString())
        .toList();
  }

  @Test
  void whoMayNotIsToldWhatIsMissingAndHowToGetIt() throws Exception {
    Path nobody = ClusterPerson.make(plane, namespace, "nobody").kubeconfig(folder);
    Run.Result refused = gtctl(nobody, "get", "models", "-n", namespace);
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .contains("you may not list models.greenthread.ai in namespace " + namespace)
        .contains("--clusterrole=view --user=system:serviceaccount:" + namespace + ":nobody");
  }

  @Test
  void whoseCredentialsAreNotAcceptedIsToldToLogIn() throws Exception {
    Path expired =
        Files.writeString(
            folder.resolve("expired.kubeconfig"),
            plane.kubeconfig(plane.port(), Optional.of("expired")));
    Run.Result refused = gtctl(expired, "get", "models");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .contains("does not accept your credentials (context test", "log in to the cluster again");
  }

  @Test
  void aServerThatIsNotThereIsSaidNotToAnswer() throws Exception {
    Path gone =
        Files.writeString(folder.resolve("gone.kubeconfig"), plane.kubeconfig(1, Optional.empty()));
    Run.Result refused = gtctl(gone, "get", "models");
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.err())
        .contains("the API server of context test (https://127.0.0.1:1) does not answer")
        .contains("check the network or VPN");
  }

  @Test
  void aClusterWithoutTheEngineIsSaidToHaveNone() {
    Run.Result status =
        new Run(folder.resolve("no-engine"))
            .env("GREENTHREAD_SYSTEM_NAMESPACE", "elsewhere")
            .gtctl("status", "--kubeconfig", plane.kubeconfig().toString());
    assertThat(status.code()).isEqualTo(3);
    assertThat(status.err())
        .contains("no engine is installed in context test", "helm upgrade --install greenthread");
  }

  @Test
  void aClusterThatWasOnlyFoundIsNamedBeforeItIsChanged() {
    Run.Result result =
        new Run(folder.resolve("no-engine"))
            .env("KUBECONFIG", plane.kubeconfig().toString())
            .gtctl("delete", "model", "nobody", "--ignore-not-found");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err())
        .startsWith("note: no engine is up on this machine: working on context test (https://");
  }

  @Test
  void aNamespaceThatIsNotThereIsNamed() throws Exception {
    Path manifest =
        Files.writeString(
            folder.resolve("lost.json"),
            manifest("lost", 0).toString().replace("\"" + namespace + "\"", "\"no-such\""));
    Run.Result result = gtctl("apply", "-f", manifest.toString());
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.err()).contains("there is no namespace no-such", "create namespace no-such");
  }

  @Test
  void aModelWithoutAPodSaysWhy() throws Exception {
    engine.put(ref("idle"), manifest("idle", 0), PutMode.USUAL);
    Run.Result result = gtctl("wake", "idle", "-n", namespace);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("idle has no pod", "gtctl describe model");
    engine.delete(ref("idle"));
  }
}
