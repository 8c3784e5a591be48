package ai.greenthread.k8s.gpus;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.client.WatchStream;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.ledger.Ledger;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Reports and the ledger write the same object at the same time, and neither loses anything. */
@RealControlPlane
class ReportsAndLedgerRaceTest {
  private static final int ROUNDS = 300;

  private final ControlPlane plane;
  private final Node node;

  ReportsAndLedgerRaceTest(ControlPlane plane) throws IOException {
    this.plane = plane;
    this.node = new Node(plane.api(), plane.newNamespace("report-race"), "n1");
  }

  /** What one version of the object said: numbers that each writer only ever raises. */
  private record Seen(long temperature, long first, long second) {}

  @Test
  void noWriteIsLostOrUndone() throws Exception {
    node.report(node.gpu(0, reading(0)));
    node.enrol("a", 0);
    node.enrol("b", 0);
    String from = node.version(0);
    var own = new JsonApi(plane.client(), Duration.ofSeconds(30));

    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      writers.add(
          threads.submit(
              (Callable<Integer>)
                  () -> {
                    GpuReporter reporter = node.reporter(own);
                    for (int round = 1; round <= ROUNDS; round++) {
                      // Steps of what matters, so that each round writes.
                      ReportOutcome outcome =
                          reporter.report(
                              NodeView.of("n1", List.of(node.gpu(0, reading(5 * round)))));
                      assertThat(outcome.failures()).as("round %s", round).isEmpty();
                    }
                    return 0;
                  }));
      for (String model : List.of("a", "b")) {
        writers.add(
            threads.submit(
                (Callable<Integer>)
                    () -> {
                      Ledger ledger = node.ledger(model, 0);
                      for (int round = 2; round <= ROUNDS; round++) {
                        assertThat(ledger.enrol(round, false, Duration.ZERO)).isEmpty();
                      }
                      return 0;
                    }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    }

    List<Seen> history = history(from);
    assertThat(history.getLast()).isEqualTo(new Seen(5 * ROUNDS, ROUNDS, ROUNDS));
    // A write that began from an old object would bring an old number of another writer back.
    assertThat(history).extracting(Seen::temperature).isSorted();
    assertThat(history).extracting(Seen::first).isSorted();
    assertThat(history).extracting(Seen::second).isSorted();
    assertThat(history.stream().map(Seen::temperature).distinct().count())
        .as("reports that arrived, of %s", ROUNDS)
        .isGreaterThanOrEqualTo(ROUNDS);
  }

  private static GpuReading reading(int celsius) {
    return new GpuReading(
        Optional.of(Bytes.ZERO),
        Optional.of(Node.TOTAL),
        OptionalInt.empty(),
        OptionalInt.of(celsius),
        OptionalDouble.empty(),
        GpuHealth.HEALTHY);
  }

  /** Every version of the object since that one. */
  private List<Seen> history(String from) throws IOException {
    String last = node.version(0);
    List<Seen> history = new ArrayList<>();
    String query = "?watch=true&timeoutSeconds=30&resourceVersion=" + from;
    try (WatchStream stream = node.api.watch(Resource.GPU.path(node.namespace) + query)) {
      while (true) {
        JsonObject event = stream.next().orElseThrow();
        JsonObject object = Trees.at(event, "object");
        JsonObject status = Trees.at(object, "status");
        history.add(
            new Seen(
                Trees.number(Trees.at(status, "stats"), "temperatureCelsius"),
                generation(status, "a"),
                generation(status, "b")));
        if (Trees.text(Trees.at(object, "metadata"), "resourceVersion")
            .orElseThrow()
            .equals(last)) {
          return history;
        }
      }
    }
  }

  private static long generation(JsonObject status, String model) {
    return Trees.items(status, "occupants").stream()
        .filter(occupant -> Trees.text(occupant, "modelName").orElse("").equals(model))
        .mapToLong(occupant -> Trees.number(occupant, "generation"))
        .findFirst()
        .orElseThrow();
  }
}
