package ai.greenthread.engine.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 2,000 Models on 500 GPUs: how long the controller takes to bring order, what it costs while
 * nothing happens, and how soon a change shows. Nobody runs the pods. Figures are printed; what is
 * asserted are the promises, with room for a machine that does other work.
 */
@RealControlPlane
class ScaleTest {
  private static final int MODELS = Integer.getInteger("scale.models", 2_000);
  private static final int GPUS = Integer.getInteger("scale.gpus", 500);
  private static final int GPUS_PER_NODE = 8;
  private static final int CHANGES = 100;
  private static final Duration LONGEST_START = Duration.ofMinutes(5);
  private static final Duration LONGER_THAN_A_SWEEP = Duration.ofSeconds(20);
  private static final Duration QUIET = Duration.ofSeconds(30);
  private static final long MOST_MEMORY_KIB = 512 * 1024;

  @Test
  void thousandsOfModelsAreBroughtInOrderAndCostNothingAfterwards(
      ControlPlane plane, @TempDir Path folder) throws Exception {
    JsonApi api = plane.api();
    String system = plane.newNamespace("scale-system");
    String namespace = plane.newNamespace("scale");
    parallel(GPUS, i -> gpu(api, system, i));
    parallel(MODELS, i -> model(api, namespace, i));
    long began = System.nanoTime();
    try (EngineProcess controller =
        new EngineProcess(
            EngineProgram.install(folder.resolve("bin")),
            folder.resolve("controller.log"),
            Map.of(
                "KUBECONFIG", plane.kubeconfig().toString(),
                "POD_NAME", "controller-1",
                "GREENTHREAD_SYSTEM_NAMESPACE", system,
                "GREENTHREAD_HOST", "127.0.0.1",
                "ENGINE_HEAP", "384m",
                "ENGINE_COMPILER", "",
                "GREENTHREAD_ROUTE", "ingress",
                "GREENTHREAD_SIDECAR_IMAGE", "greenthread/engine:test"),
            "controller",
            "--port",
            "0")) {
      Duration start = untilSteady(api, namespace, began, controller);
      untilBoundsStand(api, namespace, controller);
      long before = requests(api);
      Thread.sleep(QUIET);
      long calls = requests(api) - before;
      List<Duration> shown = changes(api, namespace);
      long memory = residentKib(controller);
      System.out.printf(
          Locale.ROOT,
          "scale: %d Models, %d GPUs: start to steady %.1f s; %d API calls in %d s at rest; a change"
              + " shows after %s; memory %d MiB%n",
          MODELS,
          GPUS,
          start.toMillis() / 1e3,
          calls,
          QUIET.toSeconds(),
          ChaosTest.percentiles(shown),
          memory / 1024);

      assertThat(memory).as("resident KiB").isLessThan(MOST_MEMORY_KIB);
      assertThat(calls)
          .as("API calls at rest, leases and this test's own included")
          .isLessThan(300);
    }
  }

  private interface Work {
    void of(int number) throws IOException;
  }

  private static void parallel(int count, Work work) throws InterruptedException {
    ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
    Semaphore some = new Semaphore(16);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        int number = i;
        some.acquire();
        threads.execute(() -> {
          try {
            work.of(number);
          } catch (IOException | RuntimeException e) {
            failures.add(e);
          } finally {
            some.release();
          }
        });
      }
      threads.shutdown();
      assertThat(threads.awaitTermination(5, TimeUnit.MINUTES)).isTrue();
    }
    assertThat(failures).isEmpty();
  }

  private static void gpu(JsonApi api, String system, int number) throws IOException {
    String node = "scale-" + number / GPUS_PER_NODE;
    int index = number % GPUS_PER_NODE;
    if (index == 0) {
      ControlPlane.demand(
          api.create(
              "/api/v1/nodes",
              Trees.object("apiVersion", "v1", "kind", "Node", "metadata", Map.of("name", node))),
          "make node " + node);
      // As nobody says that it is ready, it would be kept free of pods.
      ControlPlane.demand(
          api.mergePatch(
              "/api/v1/nodes/" + node,
              Trees.object("spec", Trees.object("taints", JsonNull.INSTANCE))),
          "untaint " + node);
    }
    ControlPlane.demand(
        api.create(
            Resource.GPU.path(system),
            Trees.object(
                "apiVersion",
                Resource.API_VERSION,
                "kind",
                "GPU",
                "metadata",
                Map.of("name", "gpu-" + node + "-" + index),
                "spec",
                Trees.object(
                    "nodeName",
                    node,
                    "index",
                    index,
                    "uuid",
                    "GPU-" + number,
                    "product",
                    "NVIDIA-L4",
                    "totalMemoryBytes",
                    24L << 30))),
        "make a GPU");
  }

  private static void model(JsonApi api, String namespace, int number) throws IOException {
    ControlPlane.demand(
        api.create(
            Resource.MODEL.path(namespace),
            Trees.object(
                "apiVersion",
                Resource.API_VERSION,
                "kind",
                "Model",
                "metadata",
                Map.of("name", "m" + number),
                "spec",
                Trees.object("modelName", "acme/m" + number))),
        "make a Model");
  }

  /** Every Model has its pod and a status that says so. */
  private static Duration untilSteady(
      JsonApi api, String namespace, long began, EngineProcess controller)
      throws IOException, InterruptedException {
    while (true) {
      boolean steady = pods(api, namespace) == MODELS && staging(api, namespace) == MODELS;
      Duration passed = Duration.ofNanos(System.nanoTime() - began);
      if (steady) {
        return passed;
      }
      assertThat(passed)
          .as("start to steady; the controller says:\n%s", controller.lastWords())
          .isLessThan(LONGEST_START);
      Thread.sleep(1_000);
    }
  }

  /** How many there are, told by a list of one: looks must not cost what they measure. */
  private static long pods(JsonApi api, String namespace) throws IOException {
    JsonObject list = api.get("/api/v1/namespaces/" + namespace + "/pods?limit=1").body();
    return Trees.items(list, "items").size()
        + Trees.number(Trees.at(list, "metadata"), "remainingItemCount");
  }

  private static long staging(JsonApi api, String namespace) throws IOException {
    Answer list = api.get(Resource.MODEL.path(namespace) + "?resourceVersion=0");
    return Trees.items(list.body(), "items").stream()
        .map(model -> Trees.at(model, "status"))
        .filter(status -> Trees.text(status, "phase").orElse("").equals("Staging"))
        .count();
  }

  /** They follow what is placed in sweeps, so they stand once a sweep has written nothing. */
  private static void untilBoundsStand(JsonApi api, String namespace, EngineProcess controller)
      throws IOException, InterruptedException {
    List<String> last = List.of();
    long since = System.nanoTime();
    long deadline = since + LONGEST_START.toNanos();
    while (last.size() < MODELS || System.nanoTime() - since < LONGER_THAN_A_SWEEP.toNanos()) {
      List<String> now = bounds(api, namespace);
      if (!now.equals(last)) {
        last = now;
        since = System.nanoTime();
      }
      assertThat(System.nanoTime())
          .as("bounds of %d Models; the controller says:\n%s", now.size(), controller.lastWords())
          .isLessThan(deadline);
      Thread.sleep(1_000);
    }
  }

  private static List<String> bounds(JsonApi api, String namespace) throws IOException {
    Answer list = api.get(Resource.MODEL.path(namespace) + "?resourceVersion=0");
    return Trees.items(list.body(), "items").stream()
        .filter(model -> Trees.at(model, "status").has("waitBoundSeconds"))
        .map(model ->
            Trees.name(model)
                + " "
                + Trees.text(Trees.at(model, "status"), "waitBoundSeconds").orElse(""))
        .sorted()
        .toList();
  }

  private static long requests(JsonApi api) throws IOException {
    return Trees.text(api.get("/metrics").body(), "message")
        .orElse("")
        .lines()
        .filter(line -> line.startsWith("apiserver_request_total{"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static List<Duration> changes(JsonApi api, String namespace)
      throws IOException, InterruptedException {
    List<Duration> shown = new ArrayList<>();
    for (int i = 0; i < CHANGES; i++) {
      String path = Resource.MODEL.path(namespace, "m" + i * (MODELS / CHANGES));
      long began = System.nanoTime();
      JsonObject changed =
          ControlPlane.demand(
                  api.mergePatch(
                      path,
                      Trees.object("spec", Trees.object("extraArgs", List.of("--max-num-seqs=8")))),
                  "change a Model")
              .body();
      long generation = Trees.number(Trees.at(changed, "metadata"), "generation");
      while (Trees.number(Trees.at(api.get(path).body(), "status"), "observedGeneration")
          != generation) {
        assertThat(System.nanoTime() - began).isLessThan(Duration.ofMinutes(1).toNanos());
        Thread.sleep(5);
      }
      shown.add(Duration.ofNanos(System.nanoTime() - began));
    }
    return shown.stream().sorted().toList();
  }

  private static long residentKib(EngineProcess controller) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(controller.pid()), "status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }
}
