package ai.greenthread.k8s.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.LedgerChange;
import ai.greenthread.scheduling.ledger.LedgerRules;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** What a write costs and how soon it is heard; printed, because time decides no test. */
@RealControlPlane
class LedgerLatencyTest {
  private static final GpuId GPU = new GpuId("n1", 0);
  private static final ReplicaId REPLICA = new ReplicaId(new ModelRef("default", "a"), 0);
  private static final int WARM_UP = 100;
  private static final int WRITES = 400;

  @Test
  void everyWriteIsHeardAndTheTimesArePrinted(ControlPlane plane) throws IOException {
    String namespace = plane.newNamespace("latency");
    Gpus.create(plane.api(), namespace, GPU, Bytes.ofGiB(80));
    var writer = new GpuObjectLedger(plane.api(), namespace, new Random(1));
    var reader =
        new GpuObjectLedger(
            new JsonApi(plane.client(), Duration.ofSeconds(30)), namespace, new Random(2));
    Map<Long, Long> heardAt = new ConcurrentHashMap<>();
    List<Long> reads = new ArrayList<>();
    List<Long> writes = new ArrayList<>();
    List<Long> events = new ArrayList<>();
    try (GpuLedger.Watch _ =
        reader.watch(List.of(GPU), record -> heardAt.put(generation(record), System.nanoTime()))) {
      for (long generation = 1; generation <= WARM_UP + WRITES; generation++) {
        long began = System.nanoTime();
        DeviceRecord record = writer.read(List.of(GPU)).getFirst();
        long read = System.nanoTime();
        DeviceRecord next = enrolled(record, generation);
        long writing = System.nanoTime();
        assertThat(writer.compareAndSet(next)).isTrue();
        long written = System.nanoTime();
        long expected = generation;
        Await.until("the event", () -> heardAt.containsKey(expected));
        if (generation > WARM_UP) {
          reads.add(read - began);
          writes.add(written - writing);
          events.add(heardAt.getOrDefault(generation, 0L) - writing);
        }
      }
    }
    System.out.printf(
        "GPU ledger on a real API server, %d times: read %s, compare-and-set %s, write begun to"
            + " event heard %s%n",
        WRITES, spread(reads), spread(writes), spread(events));
  }

  private static DeviceRecord enrolled(DeviceRecord record, long generation) {
    var enrol = new LedgerChange.Enrol(REPLICA, generation, false, Duration.ZERO, Bytes.ZERO);
    return ((LedgerRules.Ruling.Allowed) LedgerRules.apply(record, enrol, Instant.EPOCH)).next();
  }

  private static long generation(DeviceRecord record) {
    return record.occupant(REPLICA).orElseThrow().generation();
  }

  private static String spread(List<Long> nanos) {
    List<Long> sorted = nanos.stream().sorted().toList();
    return "p50 %.1f ms, p99 %.1f ms"
        .formatted(sorted.get(sorted.size() / 2) / 1e6, sorted.get(sorted.size() * 99 / 100) / 1e6);
  }
}
