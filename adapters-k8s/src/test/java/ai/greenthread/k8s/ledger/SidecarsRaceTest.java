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
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.ledger.Ledger.ClaimOutcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Two sidecars, each with a connection of its own, want the same memory at the same time. */
@RealControlPlane
class SidecarsRaceTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final GpuId FIRST = new GpuId("n1", 0);
  private static final GpuId SECOND = new GpuId("n1", 1);
  private static final Bytes TOTAL = Bytes.ofGiB(80);
  private static final Bytes MOST = Bytes.ofGiB(60);
  private static final int ROUNDS = 10;

  private final ControlPlane plane;
  private final JsonApi api;
  private final String namespace;

  SidecarsRaceTest(ControlPlane plane) throws IOException {
    this.plane = plane;
    this.api = plane.api();
    this.namespace = plane.newNamespace("race");
    List.of(FIRST, SECOND).forEach(gpu -> Gpus.create(api, namespace, gpu, TOTAL));
  }

  private Ledger sidecar(String name, List<GpuId> devices) {
    var connection = new JsonApi(plane.client(), Duration.ofSeconds(30));
    var own = new GpuObjectLedger(connection, namespace, new Random(1));
    var ledger =
        new Ledger(
            own, new ReplicaId(new ModelRef("default", name), 0), devices, () -> NOW, () -> {});
    ledger.enrol(1, false, Duration.ZERO);
    return ledger;
  }

  @Test
  void ofTwoThatWantOneDeviceExactlyOneGetsIt() throws Exception {
    race(List.of(FIRST), List.of(FIRST));
  }

  @Test
  void ofTwoThatWantTwoDevicesInOppositeOrderExactlyOneGetsBoth() throws Exception {
    race(List.of(FIRST, SECOND), List.of(SECOND, FIRST));
  }

  private void race(List<GpuId> ofOne, List<GpuId> ofTheOther) throws Exception {
    Queue<DeviceRecord> history = new ConcurrentLinkedQueue<>();
    var audit = new GpuObjectLedger(api, namespace, new Random(2));
    List<Ledger> sidecars = List.of(sidecar("a", ofOne), sidecar("b", ofTheOther));
    try (GpuLedger.Watch _ = audit.watch(List.of(FIRST, SECOND), history::add);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < ROUNDS; round++) {
        long generation = 2 + 2L * round;
        List<Integer> winners = claimAtOnce(threads, sidecars, generation);

        assertThat(winners).as("winners of round %s", round).hasSize(1);
        Ledger winner = sidecars.get(winners.getFirst());
        winner.confirm(generation, Map.of(FIRST, MOST, SECOND, MOST), MOST, Duration.ZERO);
        assertThat(winner.holds(winner.read(), generation)).isTrue();
        for (Ledger sidecar : sidecars) {
          sidecar.release(generation + 1, Map.of());
        }
      }
    }
    assertThat(history).isNotEmpty().noneMatch(DeviceRecord::isOvercommitted);
    assertThat(audit.read(List.of(FIRST, SECOND)))
        .allSatisfy(record -> {
          assertThat(record.lock()).isEmpty();
          assertThat(record.intents()).isEmpty();
        });
  }

  /** All begin together, and try until one of them has it all. */
  private static List<Integer> claimAtOnce(
      ExecutorService threads, List<Ledger> sidecars, long generation)
      throws InterruptedException, ExecutionException {
    var start = new CyclicBarrier(sidecars.size());
    Queue<Integer> winners = new ConcurrentLinkedQueue<>();
    List<Future<?>> tries = new ArrayList<>();
    for (int i = 0; i < sidecars.size(); i++) {
      int number = i;
      tries.add(
          threads.submit(() -> {
            start.await();
            while (winners.isEmpty()) {
              ClaimOutcome outcome =
                  sidecars.get(number).claim(generation, NOW, MOST, NOW.plusSeconds(60));
              if (outcome instanceof ClaimOutcome.Claimed) {
                winners.add(number);
              }
            }
            return null;
          }));
    }
    for (Future<?> each : tries) {
      each.get();
    }
    return List.copyOf(winners);
  }
}
