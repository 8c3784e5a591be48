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
import ai.greenthread.scheduling.ledger.GpuLedgerContract;
import ai.greenthread.scheduling.ledger.LedgerChange;
import ai.greenthread.scheduling.ledger.LedgerRules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every ledger promises, kept by the real API server. */
@RealControlPlane
class GpuObjectLedgerTest extends GpuLedgerContract {
  private final ControlPlane plane;
  private final JsonApi api;
  private String namespace = "";

  GpuObjectLedgerTest(ControlPlane plane) {
    this.plane = plane;
    this.api = plane.api();
  }

  @Override
  protected GpuLedger create() {
    try {
      namespace = plane.newNamespace("contract");
      DEVICES.forEach(device -> Gpus.create(api, namespace, device, CAPACITY));
      return new GpuObjectLedger(api, namespace, new Random(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void ofWatchedDevicesItKnowsWhatItWroteAtOnceAndWhatOthersWroteSoon() {
    GpuLedger mine = create();
    GpuLedger other = new GpuObjectLedger(api, namespace, new Random(1));
    GpuId device = DEVICES.getFirst();
    assertThat(mine.lastSeen(device)).isEmpty();
    try (GpuLedger.Watch _ = mine.watch(List.of(device), record -> {})) {
      mine.watch(List.of(device), record -> {}).close();
      DeviceRecord first = mine.read(List.of(device)).getFirst();
      assertThat(mine.lastSeen(device)).map(DeviceRecord::toString).contains(first.toString());
      assertThat(mine.compareAndSet(enrolled(first, "a"))).isTrue();

      DeviceRecord own = mine.lastSeen(device).orElseThrow();
      assertThat(own).hasToString(other.read(List.of(device)).getFirst().toString());
      assertThat(mine.compareAndSet(enrolled(own, "b"))).as("without a read").isTrue();

      DeviceRecord now = other.read(List.of(device)).getFirst();
      assertThat(other.compareAndSet(enrolled(now, "c"))).isTrue();
      DeviceRecord stands = other.read(List.of(device)).getFirst();
      Await.until(
          "the watch to tell",
          () -> mine.lastSeen(device).orElseThrow().toString().equals(stands.toString()));
    }
    assertThat(mine.lastSeen(device)).as("nobody tells any more").isEmpty();
    assertThat(other.lastSeen(device)).isEmpty();
  }

  private static DeviceRecord enrolled(DeviceRecord record, String model) {
    var enrol =
        new LedgerChange.Enrol(
            new ReplicaId(new ModelRef("default", model), 0), 1, false, Duration.ZERO, Bytes.ZERO);
    return ((LedgerRules.Ruling.Allowed) LedgerRules.apply(record, enrol, Instant.EPOCH)).next();
  }
}
