package ai.greenthread.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.ledger.GpuObjects;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.ledger.WakeLock;
import ai.greenthread.standalone.LedgerFields;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The ledger of this machine is told by the names that a GPU object on Kubernetes has for it. */
class LedgerFieldsTest {
  private static final Instant NOW = Instant.parse("2026-11-23T05:00:00.125Z");

  private static ReplicaId replica(String name) {
    return new ReplicaId(new ModelRef("team", name), 1);
  }

  private static Occupant occupant(String name, OccupantState state, Instant woke) {
    return new Occupant(
        replica(name),
        3,
        state,
        Bytes.ofGiB(2),
        Bytes.ofMiB(100),
        Bytes.ofGiB(1),
        true,
        Duration.ofSeconds(90),
        woke,
        woke,
        true,
        Duration.ofMillis(1_500));
  }

  @Test
  void whatIsWrittenHereIsReadThere() {
    DeviceRecord record =
        DeviceRecord.of(
            new GpuId("box", 0),
            7,
            Bytes.ofGiB(8),
            List.of(
                occupant("awake", OccupantState.SERVING, NOW),
                occupant("new", OccupantState.WAKING, Instant.EPOCH)),
            List.of(
                new Intent(
                    new Ticket(NOW, replica("waits")),
                    4,
                    Bytes.ofGiB(3),
                    true,
                    Set.of(new Victim(replica("awake"), 3)))),
            Optional.of(new WakeLock(replica("new"), 3, NOW.plusSeconds(60))));

    Map<String, Object> status = LedgerFields.of(record);

    JsonObject gpu =
        new Gson()
            .toJsonTree(
                Map.of(
                    "metadata", Map.of("resourceVersion", "7"),
                    "spec",
                        Map.of(
                            "nodeName",
                            "box",
                            "index",
                            0,
                            "totalMemoryBytes",
                            Bytes.ofGiB(9).count(),
                            "headroomBytes",
                            Bytes.ofGiB(1).count()),
                    "status", status))
            .getAsJsonObject();
    DeviceRecord read = GpuObjects.read(gpu);
    assertThat(read.capacity()).isEqualTo(record.capacity());
    assertThat(read.occupants()).containsExactlyElementsOf(record.occupants());
    assertThat(read.intents()).isEqualTo(record.intents());
    assertThat(read.lock()).isEqualTo(record.lock());
    assertThat(status)
        .containsEntry("mode", "inference")
        .containsEntry(
            "availableMemoryBytes", record.capacity().minusOrZero(record.charged()).count());
    GpuView view =
        new GpuView(ai.greenthread.cli.client.Json.mapper().valueToTree(Map.of("status", status)));
    assertThat(view.wakeLockHolder()).isEqualTo("new-1");
    assertThat(view.intents().getFirst().victims()).containsExactly("awake-1");
    assertThat(view.intents().getFirst().needBytes()).isEqualTo(Bytes.ofGiB(3).count());
    assertThat(view.occupants()).extracting(GpuView.Occupant::model).contains("awake", "new");
  }

  @Test
  void aDeviceThatNobodyUsesIsIdle() {
    assertThat(LedgerFields.of(DeviceRecord.empty(new GpuId("box", 0), Bytes.ofGiB(1))))
        .containsEntry("mode", "idle")
        .doesNotContainKey("wakeLock");
  }
}
