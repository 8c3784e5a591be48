package ai.greenthread.engine.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.node.StandInNode;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Six Models of which two fit at a time, asked by 60 clients over their URLs, while controllers,
 * agents, webhooks and sidecars are killed all along. {@code -Dchaos.seconds} says for how long,
 * {@code -Dchaos.seed} by which lots.
 */
@RealControlPlane(controllers = true)
class ChaosTest {
  private static final int MODELS = 6;
  private static final int CLIENTS = 60;
  private static final Duration CHAOS = Duration.ofSeconds(Long.getLong("chaos.seconds", 300));
  private static final Duration PAUSE = Duration.ofSeconds(6);
  private static final long SEED = Long.getLong("chaos.seed", 1);

  private final TreeMap<String, Integer> killed = new TreeMap<>();

  /** Statuses of the answers to wrong Models. */
  private final TreeMap<Integer, Integer> judged = new TreeMap<>();

  @Test
  void nothingIsLostAndNothingIsOvercommittedWhileProcessesDie(
      ControlPlane plane, @TempDir Path folder) throws Exception {
    try (TestCluster cluster = TestCluster.start(plane, folder, 2)) {
      String namespace = plane.newNamespace("chaos");
      for (int i = 0; i < MODELS; i++) {
        cluster.apply(namespace, model(i));
      }
      cluster.await("all Models to be ready", () -> ready(cluster, namespace) == MODELS);
      LedgerHistory history = new LedgerHistory(plane.api(), TestCluster.SYSTEM);
      Crowd crowd =
          new Crowd(
              CLIENTS,
              (client, request) ->
                  cluster.chat(
                      "m" + client % MODELS, "acme/m" + client % MODELS, "request " + request));
      disturb(cluster, namespace);
      crowd.end();
      settle(cluster, namespace);
      history.close();
      report(crowd, history);

      assertThat(history.faults()).as("audit of all versions of GPU objects").isEmpty();
      assertThat(judged).as("the webhook's own refusals").containsKey(422);
      assertThat(crowd.lost()).as("requests without an answer").isEmpty();
      assertThat(crowd.waits()).as("requests answered").hasSizeGreaterThan(CLIENTS);
      assertThat(crowd.waits().getLast())
          .as("longest wait, disturbances included, against the bound without any")
          .isLessThan(cluster.waitBound(namespace));
    }
  }

  private static String model(int number) {
    return """
    metadata: {name: m%d}
    spec:
      modelName: acme/m%d
      parallelism: {tensor: 2}
      fairness: {minRuntime: 1s, maxWaitTime: 1s}
      sleep: {idleTimeout: 1m, drainTimeout: 5s}
      runtime:
        type: simulated
        memory: 15Gi
        startTimeout: 1m
        wakeTimeout: 20s
        sleepTimeout: 20s
        options:
          gpu-memory: 24GiB
          gpu-memory-utilization: "0.6"
          weights: 20GiB
          residue: 200MiB
          wake-time: 200ms
          sleep-time: 100ms
          ttft: 20ms
          itl: 2ms
    """
        .formatted(number, number);
  }

  private static long ready(TestCluster cluster, String namespace) throws IOException {
    long ready = 0;
    for (int i = 0; i < MODELS; i++) {
      Optional<JsonObject> status = cluster.status(namespace, "m" + i);
      if (status.flatMap(s -> Trees.text(s, "phase")).equals(Optional.of("Ready"))) {
        ready++;
      }
    }
    return ready;
  }

  private void disturb(TestCluster cluster, String namespace)
      throws IOException, InterruptedException {
    Random lots = new Random(SEED);
    Instant end = Instant.now().plus(CHAOS);
    while (Instant.now().isBefore(end)) {
      Thread.sleep(PAUSE);
      askWebhook(cluster, namespace);
      switch (lots.nextInt(5)) {
        case 0 -> replace("controller", cluster.controllers(), lots);
        case 1 -> replace("agent", cluster.agents(), lots);
        case 2 -> replace("webhook", cluster.webhooks().processes(), lots);
        default -> {
          String pod = "m" + lots.nextInt(MODELS) + "-0";
          for (StandInNode node : cluster.nodes()) {
            if (node.has(namespace, pod)) {
              node.kill(namespace, pod, "sidecar");
              killed.merge("sidecar", 1, Integer::sum);
            }
          }
        }
      }
    }
  }

  /** Without a webhook nothing gets in; with one, it says what is wrong. */
  private void askWebhook(TestCluster cluster, String namespace) throws IOException {
    Answer answer = cluster.webhooks().judged(namespace);
    assertThat(answer.ok()).as("a wrong Model is let in").isFalse();
    judged.merge(answer.status(), 1, Integer::sum);
  }

  private void replace(String what, List<EngineProcess> processes, Random lots)
      throws IOException, InterruptedException {
    EngineProcess chosen = processes.get(lots.nextInt(processes.size()));
    chosen.kill();
    chosen.restart();
    killed.merge(what, 1, Integer::sum);
  }

  /** What statuses say has to be what sidecars say, and nobody may wait or hold a lock any more. */
  private static void settle(TestCluster cluster, String namespace) throws Exception {
    cluster.await("all Models to be ready again", () -> ready(cluster, namespace) == MODELS);
    cluster.await(
        "no intents and no locks",
        () ->
            cluster.gpus().stream()
                .map(gpu -> Trees.at(gpu, "status"))
                .allMatch(status ->
                    Trees.items(status, "preemptionIntents").isEmpty()
                        && Trees.at(status, "wakeLock").isEmpty()));
    cluster.await(
        "statuses that tell the truth",
        () -> {
          for (int i = 0; i < MODELS; i++) {
            JsonObject status = cluster.status(namespace, "m" + i).orElseThrow();
            String state = cluster.sidecarState(namespace, "m" + i + "-0");
            if (Trees.number(status, "servingReplicas") != (state.equals("serving") ? 1 : 0)
                || Trees.number(status, "sleepingReplicas") != (state.equals("sleeping") ? 1 : 0)) {
              return false;
            }
          }
          return true;
        });
    TreeSet<String> pods = new TreeSet<>();
    for (int i = 0; i < MODELS; i++) {
      pods.add("m" + i + "-0");
    }
    assertThat(cluster.occupants()).as("occupants of all GPUs").isEqualTo(pods);
  }

  private void report(Crowd crowd, LedgerHistory history) {
    List<Duration> waits = crowd.waits();
    System.out.printf(
        Locale.ROOT,
        "chaos: seed %d, %d s, killed %s; wrong Models refused with %s; %d requests of %d clients answered, %d lost, %d tries"
            + " repeated; wait p50 %d ms, p99 %d ms, longest %d ms; %d versions of GPU objects, %d"
            + " occupants woken; named to barrier %s%n",
        SEED,
        CHAOS.toSeconds(),
        killed,
        judged,
        waits.size(),
        CLIENTS,
        crowd.lost().size(),
        crowd.repeated(),
        at(waits, 0.5),
        at(waits, 0.99),
        at(waits, 1),
        history.versions(),
        history.wakes(),
        percentiles(history.preemptions()));
  }

  static String percentiles(List<Duration> sorted) {
    return sorted.isEmpty()
        ? "never"
        : "n %d p50 %d ms p95 %d ms p99 %d ms max %d ms"
            .formatted(
                sorted.size(), at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99), at(sorted, 1));
  }

  private static long at(List<Duration> sorted, double share) {
    return sorted.isEmpty()
        ? -1
        : sorted.get((int) Math.min(sorted.size() - 1L, (long) (share * sorted.size()))).toMillis();
  }
}
