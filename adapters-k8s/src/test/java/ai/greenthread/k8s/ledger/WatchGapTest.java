package ai.greenthread.k8s.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.WatchStream;
import ai.greenthread.k8s.controlplane.Binaries;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.Definitions;
import ai.greenthread.k8s.controlplane.FaultProxy;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.Ledger;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that forgets quickly, so that a watch which was cut off cannot go on where it was. */
@RealControlPlane
class WatchGapTest {
  private static final GpuId GPU = new GpuId("n1", 0);
  private static final GpuId IDLE = new GpuId("n1", 1);

  private final Definitions definitions;

  WatchGapTest(Definitions definitions) {
    this.definitions = definitions;
  }

  @Test
  void aWatchHearsTheLastRecordThoughTheServerHasForgottenTheOnesBetween(@TempDir Path folder)
      throws IOException {
    try (ControlPlane plane =
            ControlPlane.start(
                folder,
                Binaries.here(),
                definitions,
                "--etcd-compaction-interval=2s",
                "--watch-cache=false");
        FaultProxy proxy = new FaultProxy(plane.port())) {
      JsonApi direct = plane.api();
      String namespace = plane.newNamespace("gap");
      List.of(GPU, IDLE).forEach(gpu -> Gpus.create(direct, namespace, gpu, Bytes.ofGiB(80)));
      var sound = new GpuObjectLedger(direct, namespace, new Random(1));
      var ledger =
          new GpuObjectLedger(
              new JsonApi(plane.client(proxy.port()), Duration.ofSeconds(10)),
              namespace,
              new Random(2));
      var heard = new ConcurrentLinkedQueue<DeviceRecord>();
      try (GpuLedger.Watch _ = ledger.watch(List.of(GPU, IDLE), heard::add)) {
        Ledger writer = hand(sound, GPU);
        writer.enrol(1, false, Duration.ZERO);
        Await.until("the first event", () -> generation(heard, GPU) == 1);
        long forgotten = sound.read(List.of(GPU)).getFirst().version();

        proxy.refuse();
        for (int generation = 2; generation <= 20; generation++) {
          writer.enrol(generation, false, Duration.ZERO);
        }
        Await.until("the server to forget", () -> isGone(direct, namespace, forgotten));
        proxy.heal();

        Await.until("the last record", () -> generation(heard, GPU) == 20);
        // Nobody touched this one, so its own version is older than all that is remembered.
        hand(sound, IDLE).enrol(1, false, Duration.ZERO);
        Await.until("the other device", () -> generation(heard, IDLE) == 1);
      }
      assertThat(heard.stream().filter(record -> record.id().equals(GPU)))
          .extracting(DeviceRecord::version)
          .isSorted();
    }
  }

  private static Ledger hand(GpuLedger store, GpuId device) {
    return new Ledger(store, replica(), List.of(device), () -> Instant.EPOCH, () -> {});
  }

  private static ReplicaId replica() {
    return new ReplicaId(new ModelRef("default", "a"), 0);
  }

  private static long generation(Iterable<DeviceRecord> heard, GpuId device) {
    long last = 0;
    for (DeviceRecord record : heard) {
      if (record.id().equals(device)) {
        last = record.occupant(replica()).orElseThrow().generation();
      }
    }
    return last;
  }

  /** Whether the server refuses a watch from that version on as too old. */
  private static boolean isGone(JsonApi api, String namespace, long version) {
    String query = "?watch=true&timeoutSeconds=1&resourceVersion=" + version;
    try (WatchStream stream = api.watch(Resource.GPU.path(namespace) + query)) {
      JsonObject first = stream.next().orElseGet(JsonObject::new);
      return first.has("type")
          && first.get("type").getAsString().equals("ERROR")
          && first.getAsJsonObject("object").get("code").getAsInt() == 410;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
