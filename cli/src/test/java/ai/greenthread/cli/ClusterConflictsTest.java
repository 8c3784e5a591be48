package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.Binaries;
import ai.greenthread.k8s.controlplane.Binaries.Program;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** gtctl takes no field from others unasked, and gets on with what kubectl made. */
@RealControlPlane
class ClusterConflictsTest {
  private static final String MANIFEST =
      """
      apiVersion: greenthread.ai/v1alpha1
      kind: Model
      metadata:
        name: shared
      spec:
        modelName: org/shared
        modelType: chat
        replicas: 1
        sleep:
          idleTimeout: 3m
      """;

  // JUnit sets all of them before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private ControlPlane plane;

  @SuppressWarnings("NullAway.Init")
  private String namespace;

  @BeforeEach
  void makeNamespace(ControlPlane shared) throws IOException {
    assumeTrue(Binaries.here().find(Program.KUBECTL).isPresent(), "kubectl is not on this machine");
    plane = shared;
    namespace = plane.newNamespace("conflicts");
  }

  private Run.Result apply(String manifest, String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of("apply", "-n", namespace, "-f", file(manifest)));
    words.addAll(Arrays.asList(more));
    words.addAll(List.of("--kubeconfig", plane.kubeconfig().toString()));
    return new Run(folder.resolve("no-engine")).gtctl(words.toArray(String[]::new));
  }

  private String file(String manifest) throws IOException {
    return Files.writeString(folder.resolve("model.yaml"), manifest).toString();
  }

  private void kubectl(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Binaries.here().find(Program.KUBECTL).orElseThrow().toString());
    command.add("--kubeconfig=" + plane.kubeconfig());
    command.add("--namespace=" + namespace);
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  /** Not by {@code kubectl scale}: API servers before 1.22 do not note who did. */
  private void somebodyElseScales() throws IOException, InterruptedException {
    kubectl("patch", "model", "shared", "--type=merge", "-p", "{\"spec\": {\"replicas\": 2}}");
  }

  private JsonObject model() throws IOException {
    return ControlPlane.demand(
            plane.api().get(Resource.MODEL.path(namespace, "shared")), "read the Model")
        .body();
  }

  private JsonObject spec() throws IOException {
    return Trees.at(model(), "spec");
  }

  private List<String> managers() throws IOException {
    return Trees.items(Trees.at(model(), "metadata"), "managedFields").stream()
        .map(entry -> Trees.text(entry, "manager").orElse(""))
        .toList();
  }

  @Test
  void whatSomebodyElseSetIsAConflictUntilItIsForced() throws Exception {
    assertThat(apply(MANIFEST).out()).endsWith("shared created\n");
    somebodyElseScales();
    String version = Trees.text(Trees.at(model(), "metadata"), "resourceVersion").orElseThrow();
    for (String[] how : new String[][] {{}, {"--dry-run"}}) {
      Run.Result refused = apply(MANIFEST.replace("3m", "4m"), how);
      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.out()).isEmpty();
      assertThat(refused.err())
          .contains("others manage 1 field of the manifests; nothing was applied")
          .contains("Model " + namespace + "/shared: spec.replicas: kubectl-patch")
          .contains("set it to 2 and manages it")
          .contains("--force-conflicts", "take them out of the manifest");
    }
    assertThat(Trees.text(Trees.at(model(), "metadata"), "resourceVersion")).hasValue(version);

    Run.Result without = apply(MANIFEST.replace("  replicas: 1\n", "").replace("3m", "4m"));
    assertThat(without.out()).as(without.err()).endsWith("shared configured\n");
    assertThat(Trees.number(spec(), "replicas")).isEqualTo(2);

    Run.Result forced = apply(MANIFEST, "--force-conflicts");
    assertThat(forced.out()).as(forced.err()).endsWith("shared configured\n");
    assertThat(Trees.number(spec(), "replicas")).isEqualTo(1);
    assertThat(apply(MANIFEST).out()).endsWith("shared unchanged\n");
  }

  @Test
  void whatSomebodySetIsToldUnlessItMayBeSecret() throws Exception {
    String mine =
        MANIFEST + "  runtime:\n    url: http://mine:1\n    memory: 1Gi\n    env: {TOKEN: mine}\n";
    assertThat(apply(mine).out()).endsWith("shared created\n");
    kubectl(
        "patch",
        "model",
        "shared",
        "--type=merge",
        "-p",
        """
        {"spec": {"sleep": {"idleTimeout": "7m"}, "fairness": {"popular": true},
          "runtime": {"url": "http://me:pa55@theirs:1", "env": {"TOKEN": "hf_s3cr3t"}}}}
        """);
    Run.Result refused = apply(mine + "  fairness: {popular: false}\n");
    assertThat(refused.code()).as(refused.err()).isEqualTo(1);
    assertThat(refused.err())
        .contains("spec.sleep.idleTimeout: kubectl-patch set it to 7m and")
        .contains("spec.fairness.popular: kubectl-patch set it to true and")
        .contains("spec.runtime.url: kubectl-patch set it and")
        .contains("spec.runtime.env.TOKEN: kubectl-patch set it and")
        .doesNotContain("pa55", "s3cr3t");
  }

  @Test
  void theSameValueIsNoConflict() throws Exception {
    apply(MANIFEST);
    somebodyElseScales();
    assertThat(apply(MANIFEST.replace("replicas: 1", "replicas: 2")).out())
        .endsWith("shared unchanged\n");
  }

  @Test
  void whatKubectlApplyMadeIsHandedOverAndCanBeTakenOutAgain() throws Exception {
    kubectl("apply", "-f", file(MANIFEST));
    assertThat(managers()).contains("kubectl-client-side-apply");
    assertThat(apply(MANIFEST.replace("3m", "4m"), "--dry-run").out())
        .endsWith("shared configured (dry run)\n");
    assertThat(managers()).contains("kubectl-client-side-apply");

    Run.Result changed = apply(MANIFEST.replace("3m", "4m"));
    assertThat(changed.code()).as(changed.err()).isZero();
    assertThat(changed.err()).contains("kubectl apply made Model " + namespace + "/shared");
    assertThat(changed.out()).endsWith("shared configured\n");
    assertThat(Trees.text(Trees.at(spec(), "sleep"), "idleTimeout")).hasValue("4m");
    assertThat(managers()).contains("gtctl").doesNotContain("kubectl-client-side-apply");
    assertThat(Trees.at(model(), "metadata").toString()).doesNotContain("last-applied");

    Run.Result again = apply(MANIFEST.replace("  sleep:\n    idleTimeout: 3m\n", ""));
    assertThat(again.err()).isEmpty();
    assertThat(Trees.text(Trees.at(spec(), "sleep"), "idleTimeout"))
        .as("nobody says it any more, so the default holds again")
        .hasValue("10m");
  }

  @Test
  void whatKubectlApplyMadeAndAnotherChangedIsAConflictStill() throws Exception {
    kubectl("apply", "-f", file(MANIFEST));
    somebodyElseScales();
    Run.Result refused = apply(MANIFEST);
    assertThat(refused.code()).as(refused.err()).isEqualTo(1);
    assertThat(refused.err())
        .contains("spec.replicas: kubectl-patch")
        .doesNotContain("idleTimeout");
    assertThat(managers()).as("nothing was applied").contains("kubectl-client-side-apply");
    Run.Result forced = apply(MANIFEST, "--force-conflicts");
    assertThat(forced.code()).as(forced.err()).isZero();
    assertThat(Trees.number(spec(), "replicas")).isEqualTo(1);
    assertThat(managers()).contains("gtctl").doesNotContain("kubectl-client-side-apply");
  }

  @Test
  void kubectlMayApplyAfterGtctl() throws Exception {
    apply(MANIFEST);
    kubectl("apply", "-f", file(MANIFEST.replace("3m", "5m")));
    assertThat(Trees.text(Trees.at(spec(), "sleep"), "idleTimeout")).hasValue("5m");
    Run.Result back = apply(MANIFEST);
    assertThat(back.code()).as(back.err()).isZero();
    assertThat(Trees.text(Trees.at(spec(), "sleep"), "idleTimeout")).hasValue("3m");
  }
}
