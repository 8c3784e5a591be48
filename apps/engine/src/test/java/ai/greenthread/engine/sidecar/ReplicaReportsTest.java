package ai.greenthread.engine.sidecar;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.Await;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.Mailbox;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The sidecars of one Model, on a real API server. */
@RealControlPlane
class ReplicaReportsTest {
  private static final int REPLICAS = 6;

  @Test
  void eachReplicaKeepsItsEntryHoweverTheModelWasMade(ControlPlane plane) throws IOException {
    JsonApi api = plane.api();
    String namespace = plane.newNamespace("reports");
    JsonObject object =
        Trees.object(
            "apiVersion",
            Resource.API_VERSION,
            "kind",
            "Model",
            "metadata",
            Map.of("name", "m"),
            "spec",
            Map.of("modelName", "a/b"));
    ControlPlane.demand(api.create(Resource.MODEL.path(namespace), object), "make a Model");
    State asleep = new State.Sleeping(3, Instant.EPOCH, false);
    List<String> wanted = IntStream.range(0, REPLICAS).mapToObj(i -> "m-" + i).toList();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < REPLICAS; i++) {
        ReplicaId replica = new ReplicaId(new ModelRef(namespace, "m"), i);
        new ReplicaReport(api, replica, "uid-" + i, new Mailbox(threads))
            .stepped(replica, asleep, new Event.Tick(), asleep, Instant.EPOCH);
      }
      Await.until("all entries", () -> entries(api, namespace).equals(wanted));
    } finally {
      api.delete(Resource.MODEL.path(namespace, "m"));
    }
  }

  private static List<String> entries(JsonApi api, String namespace) {
    try {
      return Trees.items(
              Trees.at(api.get(Resource.MODEL.path(namespace, "m")).body(), "status"),
              "replicaStatuses")
          .stream()
          .map(entry -> Trees.text(entry, "name").orElse(""))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
