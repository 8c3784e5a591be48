package ai.greenthread.engine.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two Models take turns on two GPUs that both need: how long a victim takes to put its barrier up
 * after its name was seen in the ledger, how long until the ledger shows the barrier too, and what
 * a wake costs the API server. Figures are printed; only an order of magnitude is asserted, since
 * other work on the machine must not decide a test.
 */
@RealControlPlane(controllers = true)
class PreemptionLatencyTest {
  private static final int TURNS = Integer.getInteger("latency.turns", 40);

  /** Between turns that are looked at one by one. */
  private static final Duration REST = Duration.ofMillis(500);

  /** What the documented system takes for one look. */
  private static final Duration POLLING = Duration.ofSeconds(2);

  @Test
  void aVictimHearsOfItByEventAndNotByPolling(ControlPlane plane, @TempDir Path folder)
      throws Exception {
    try (TestCluster cluster = TestCluster.start(plane, folder, 1)) {
      String namespace = plane.newNamespace("latency");
      for (String name : List.of("a", "b")) {
        cluster.apply(
            namespace,
            """
            metadata: {name: %s}
            spec:
              modelName: acme/%s
              parallelism: {tensor: 2}
              fairness: {minRuntime: 0s, maxWaitTime: 0s}
              sleep: {idleTimeout: 10m, drainTimeout: 5s}
              runtime:
                type: simulated
                memory: 15Gi
                options: {gpu-memory: 24GiB, gpu-memory-utilization: "0.6", weights: 20GiB, residue: 200MiB}
            """
                .formatted(name, name));
      }
      for (String name : List.of("a", "b")) {
        cluster.await(
            name + " to be ready",
            () ->
                cluster
                    .status(namespace, name)
                    .flatMap(status -> Trees.text(status, "phase"))
                    .equals(Optional.of("Ready")));
      }
      take(cluster, 0);
      try (Barriers barriers = new Barriers()) {
        for (String pod : List.of("a-0", "b-0")) {
          barriers.follow(pod, cluster.sidecar(namespace, pod).orElseThrow());
        }
        LedgerHistory history = new LedgerHistory(plane.api(), TestCluster.SYSTEM);
        Map<String, Long> before = requests(plane.api());
        for (int turn = 1; turn <= TURNS; turn++) {
          take(cluster, turn);
        }
        Map<String, Long> after = requests(plane.api());
        history.close();
        report(history, barriers, before, after, cluster.gpus());

        assertThat(history.faults()).isEmpty();
        List<Duration> took = barriers.after(history.namings());
        assertThat(took).hasSizeGreaterThanOrEqualTo(TURNS);
        assertThat(took.get(took.size() / 2)).isLessThan(POLLING);
        assertThat(single(plane, cluster, barriers)).hasSizeGreaterThanOrEqualTo(TURNS);
      }
    }
  }

  /** Without a rest the turns themselves keep the machine busy, on which all of this runs. */
  private static List<Duration> single(ControlPlane plane, TestCluster cluster, Barriers barriers)
      throws IOException, InterruptedException {
    LedgerHistory history = new LedgerHistory(plane.api(), TestCluster.SYSTEM);
    for (int turn = TURNS + 1; turn <= 2 * TURNS; turn++) {
      Thread.sleep(REST);
      take(cluster, turn);
    }
    history.close();
    System.out.println(
        "preemption: with a rest of "
            + REST.toMillis()
            + " ms between turns, named to barrier "
            + ChaosTest.percentiles(barriers.after(history.namings()))
            + ", named to the barrier's mark in the ledger "
            + ChaosTest.percentiles(history.preemptions()));
    return barriers.after(history.namings());
  }

  private static void take(TestCluster cluster, int turn) throws IOException, InterruptedException {
    String name = turn % 2 == 0 ? "a" : "b";
    TestCluster.Reply reply = cluster.chat(name, "acme/" + name, "turn " + turn);
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
  }

  /** Requests that the server has counted for GPU objects, by verb. */
  private static Map<String, Long> requests(JsonApi api) throws IOException {
    Map<String, Long> counts = new TreeMap<>();
    String page = Trees.text(api.get("/metrics").body(), "message").orElse("");
    page.lines()
        .filter(line -> line.startsWith("apiserver_request_total{"))
        .filter(line -> line.contains("resource=\"gpus\""))
        .forEach(line -> {
          String verb = line.replaceFirst(".*verb=\"([A-Z]+)\".*", "$1");
          String code = line.replaceFirst(".*code=\"([0-9]+)\".*", "$1");
          long count = (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
          counts.merge(verb + " " + code, count, Long::sum);
        });
    return counts;
  }

  private static void report(
      LedgerHistory history,
      Barriers barriers,
      Map<String, Long> before,
      Map<String, Long> after,
      List<JsonObject> gpus) {
    Map<String, String> perTurn = new TreeMap<>();
    after.forEach((what, count) -> {
      double each = (count - before.getOrDefault(what, 0L)) / (double) TURNS;
      if (each > 0) {
        perTurn.put(what, "%.1f".formatted(each));
      }
    });
    System.out.printf(
        Locale.ROOT,
        "preemption: %d turns; named to barrier %s, to its mark in the ledger %s; API calls on GPU objects a turn (one sleep and"
            + " one wake on two devices, reports of the agent included) %s; a GPU object has %d"
            + " bytes%n",
        TURNS,
        ChaosTest.percentiles(barriers.after(history.namings())),
        ChaosTest.percentiles(history.preemptions()),
        perTurn,
        gpus.getFirst().toString().length());
  }
}
