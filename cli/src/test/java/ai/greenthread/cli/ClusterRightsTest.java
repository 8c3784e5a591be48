package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever has rights in one namespace only can do there what they may, and is told the rest. */
@RealControlPlane
class ClusterRightsTest {
  private static final String MANIFEST =
      """
      apiVersion: greenthread.ai/v1alpha1
      kind: Model
      metadata:
        name: theirs
      spec:
        modelName: org/theirs
        modelType: chat
      """;

  // JUnit sets all of them before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private Path kubeconfig;

  @SuppressWarnings("NullAway.Init")
  private String namespace;

  @BeforeEach
  void makeSomebody(ControlPlane plane) throws IOException {
    namespace = plane.newNamespace("rights");
    kubeconfig =
        ClusterPerson.make(plane, namespace, "dev")
            .may("get", "list", "create", "patch", "delete")
            .kubeconfig(folder);
  }

  private Run.Result gtctl(String... words) {
    String[] all = java.util.Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--kubeconfig";
    all[words.length + 1] = kubeconfig.toString();
    return new Run(folder.resolve("no-engine")).gtctl(all);
  }

  private String manifest(String text) throws IOException {
    return Files.writeString(folder.resolve("model.yaml"), text).toString();
  }

  @Test
  void modelsAreAppliedAndDeletedThoughThoseOfOthersCannotBeListed() throws IOException {
    String file = manifest(MANIFEST);
    Run.Result created = gtctl("apply", "-n", namespace, "-f", file);
    assertThat(created.err()).isEmpty();
    assertThat(created.out()).isEqualTo("model/" + namespace + "/theirs created\n");
    assertThat(gtctl("apply", "-n", namespace, "-f", file).out()).endsWith("unchanged\n");
    String named = MANIFEST.replace("theirs\nspec", "theirs\n  namespace: " + namespace + "\nspec");
    Run.Result configured = gtctl("apply", "-f", manifest(named + "  replicas: 0\n"));
    assertThat(configured.out()).as(configured.err()).endsWith("configured\n");
    assertThat(gtctl("get", "models", "-n", namespace).out().lines()).hasSize(2);
    assertThat(gtctl("get", "models", namespace + "/theirs").out().lines()).hasSize(2);
    assertThat(gtctl("delete", "-f", file, "-n", namespace).out())
        .isEqualTo("model/" + namespace + "/theirs deleted\n");
    Run.Result gone = gtctl("delete", "-f", file, "-n", namespace);
    assertThat(gone.code()).isEqualTo(4);
    assertThat(gone.err()).contains("there is no Model " + namespace + "/theirs, which");
  }

  @Test
  void allNamespacesAreRefusedInWordsRatherThanShownInPart() {
    Run.Result refused = gtctl("get", "models", "-A");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("you may not list models.greenthread.ai in all namespaces");
  }

  @Test
  void whatOnlyGpusTellIsLeftOutWithANote() throws IOException {
    gtctl("apply", "-n", namespace, "-f", manifest(MANIFEST));
    Run.Result gpus = gtctl("get", "gpus");
    assertThat(gpus.code()).isEqualTo(1);
    assertThat(gpus.err()).contains("you may not list gpus.greenthread.ai in namespace");
    assertThat(gtctl("get", "models", "-n", namespace, "-o", "wide").code()).isZero();
  }
}
