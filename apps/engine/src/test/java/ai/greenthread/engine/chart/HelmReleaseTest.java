package ai.greenthread.engine.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.node.NodeSpec;
import ai.greenthread.k8s.node.StandInNode;
import ai.greenthread.k8s.node.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Helm installs into the control plane and onto the nodes of tests as into any cluster. */
@RealControlPlane(controllers = true)
class HelmReleaseTest {
  @TempDir Path folder;

  private Path chart() throws IOException {
    Path chart = folder.resolve("chart");
    Files.createDirectories(chart.resolve("templates"));
    Files.writeString(
        chart.resolve("Chart.yaml"),
        """
        apiVersion: v2
        name: sleeper
        description: Sleeps.
        version: 1.2.3
        icon: https://example.com/icon.svg
        kubeVersion: ">=1.20.0-0"
        """);
    Files.writeString(chart.resolve("values.yaml"), "seconds: 1\n");
    Files.writeString(
        chart.resolve("templates/deployment.yaml"),
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: {{ .Release.Name }}}
        spec:
          selector: {matchLabels: {app: sleeper}}
          template:
            metadata: {labels: {app: sleeper}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - {name: main, image: none, command: [sleep, {{ .Values.seconds | quote }}]}
        """);
    return chart;
  }

  @Test
  void aChartIsInstalledRunsIsUpgradedAndLeaves(ControlPlane plane) throws IOException {
    String namespace = plane.newNamespace("helm");
    HelmRelease release = new HelmRelease(plane.kubeconfig(), chart(), "nap", namespace);
    assertThat(release.lint()).isEmpty();
    assertThat(release.render("seconds: 600")).contains("command: [sleep, \"600\"]");
    String path = "/apis/apps/v1/namespaces/" + namespace + "/deployments/nap";
    try (StandInNode node =
        StandInNode.start(plane, NodeSpec.of("helm-node", folder.resolve("node")))) {
      assertThat(release.installAndWait("seconds: 600").getStatus()).isEqualTo("deployed");
      assertThat(Tree.number(0, plane.api().get(path).body(), "status", "readyReplicas"))
          .as(node.lastWords(5))
          .isEqualTo(1);

      assertThat(release.upgrade("seconds: 601").getRevision()).isEqualTo("2");
      assertThat(release.releases()).containsExactly("nap deployed 2");

      release.uninstall();
      assertThat(plane.api().get(path).status()).isEqualTo(404);
      assertThat(release.releases()).isEmpty();
    }
  }

  @Test
  void whatHelmRefusesIsToldInItsWords(ControlPlane plane) throws IOException {
    Path chart = chart();
    Files.writeString(chart.resolve("templates/bad.yaml"), "{{ fail \"no such thing\" }}");
    HelmRelease release =
        new HelmRelease(plane.kubeconfig(), chart, "bad", plane.newNamespace("helm"));

    assertThatThrownBy(() -> release.install("")).hasMessageContaining("no such thing");
  }
}
