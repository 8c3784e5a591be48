package ai.greenthread.engine.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.engine.cluster.TestCluster.Reply;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One Model from its manifest to its answer and away again. */
@RealControlPlane(controllers = true)
class SmokeTest {
  @Test
  void aModelIsMadeBootedServedPutToSleepAndDeleted(ControlPlane plane, @TempDir Path folder)
      throws Exception {
    try (TestCluster cluster = TestCluster.start(plane, folder, 1)) {
      String namespace = plane.newNamespace("smoke");
      cluster.apply(
          namespace,
          """
          metadata: {name: tiny}
          spec:
            modelName: acme/tiny
            fairness: {minRuntime: 1s, maxWaitTime: 1s}
            sleep: {idleTimeout: 3s, drainTimeout: 5s}
            runtime:
              type: simulated
              options: {gpu-memory: 24GiB, gpu-memory-utilization: "0.5", weights: 4GiB, residue: 100MiB}
              memory: 13Gi
          """);
      cluster.await(
          "the Model to be ready",
          () ->
              cluster
                  .status(namespace, "tiny")
                  .map(s -> Trees.text(s, "phase").orElse(""))
                  .orElse("")
                  .equals("Ready"));

      Reply reply = cluster.chat("tiny", "acme/tiny", "hello");

      assertThat(reply.status()).as(reply.body()).isEqualTo(200);
      assertThat(reply.body()).contains("choices");
      cluster.await(
          "it to be seen serving",
          () ->
              Trees.number(cluster.status(namespace, "tiny").orElseThrow(), "servingReplicas")
                  == 1);
      cluster.await(
          "it to sleep again",
          () ->
              Trees.number(cluster.status(namespace, "tiny").orElseThrow(), "sleepingReplicas")
                  == 1);
      assertThat(
              Trees.number(cluster.status(namespace, "tiny").orElseThrow(), "servingMemoryPerGPU"))
          .as("measured by the agent")
          .isEqualTo(12L << 30);
      cluster.delete(namespace, "tiny");
      cluster.await("it to be gone", () -> cluster.status(namespace, "tiny").isEmpty());
      assertThat(cluster.occupants()).isEmpty();
    }
  }
}
