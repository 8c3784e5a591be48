package ai.greenthread.k8s.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GpuObjectsTest {
  private static final ReplicaId REPLICA = new ReplicaId(new ModelRef("team", "chat"), 1);

  private static JsonObject object(String status) {
    return JsonParser.parseString(
            """
            {"metadata": {"name": "gpu-n1-2", "resourceVersion": "9007199254740993"},
             "spec": {"nodeName": "n1", "index": 2, "totalMemoryBytes": 85899345920,
                      "headroomBytes": 1073741824},
             "status": %s}
            """
                .formatted(status))
        .getAsJsonObject();
  }

  private static String occupant(String state, String generation) {
    return """
    {"occupants": [{"podName": "chat-1", "namespace": "team", "modelName": "chat", "ordinal": 1,
      "generation": %s, "state": "%s", "reservedMemoryBytes": 5}]}
    """
        .formatted(generation, state);
  }

  @Test
  void aNewDeviceIsReadWithItsHeadroomTakenOffAndItsVersionToTheLastDigit() {
    DeviceRecord record = GpuObjects.read(object("{}"));

    assertThat(record.id()).isEqualTo(new GpuId("n1", 2));
    assertThat(record.capacity()).isEqualTo(Bytes.ofGiB(79));
    assertThat(record.version()).isEqualTo(9007199254740993L);
    assertThat(GpuObjects.patch(record).getAsJsonObject("metadata").toString())
        .isEqualTo("{\"resourceVersion\":\"9007199254740993\"}");
  }

  @Test
  void fieldsThatANewerVersionAddsAreIgnored() {
    String status =
        occupant("serving", "3").replace("\"ordinal\"", "\"future\": {\"a\": [1]}, \"ordinal\"");

    DeviceRecord record = GpuObjects.read(object(status));

    assertThat(record.occupant(REPLICA)).isPresent();
  }

  @Test
  void aConversionCountsByWhatItReserved() {
    DeviceRecord record = GpuObjects.read(object(occupant("converting", "3")));

    assertThat(record.charged()).isEqualTo(Bytes.of(5));
    assertThat(GpuObjects.patch(record).toString()).contains("\"state\":\"converting\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dozing", "SERVING ", ""})
  void aStateThatIsNotKnownIsRefusedAndNotTakenForAsleep(String state) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GpuObjects.read(object(occupant(state, "3"))))
        .withMessageStartingWith("a GPU object cannot be read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "1.5", "", "99999999999999999999"})
  void aVersionThatIsNoNumberIsRefused(String version) {
    JsonObject object = object("{}");
    object.getAsJsonObject("metadata").addProperty("resourceVersion", version);

    assertThatIllegalArgumentException().isThrownBy(() -> GpuObjects.read(object));
  }

  @Test
  void aLockThatIsFreeIsRemovedByThePatch() {
    JsonObject patch = GpuObjects.patch(GpuObjects.read(object(occupant("serving", "3"))));

    assertThat(patch.toString()).contains("\"wakeLock\":null");
    assertThat(patch.getAsJsonObject("status").get("availableMemoryBytes").getAsLong())
        .isEqualTo(Bytes.ofGiB(79).count() - 5);
  }
}
