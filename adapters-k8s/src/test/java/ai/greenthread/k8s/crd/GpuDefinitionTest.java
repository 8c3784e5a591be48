package ai.greenthread.k8s.crd;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import com.google.gson.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RealControlPlane
class GpuDefinitionTest {
  private static final String SPEC =
      """
      {"nodeName": "node-1", "index": 3, "product": "NVIDIA-A40", "totalMemoryBytes": 102641958912}
      """;

  private final Objects gpus;

  GpuDefinitionTest(ControlPlane plane) throws IOException {
    this.gpus = new Objects(plane.api(), Resource.GPU, plane.newNamespace("gpus"));
  }

  @Test
  void aDeviceIsAcceptedAndItsHeadroomDefaultsToNothing() throws IOException {
    Answer created = gpus.create("gpu-node-1-3", SPEC);

    assertThat(created.status()).as(created.describe()).isEqualTo(201);
    JsonObject spec = created.body().getAsJsonObject("spec");
    assertThat(spec.get("totalMemoryBytes").getAsLong()).isEqualTo(102641958912L);
    assertThat(spec.get("headroomBytes").getAsLong()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"index": 0, "totalMemoryBytes": 1}                                   | spec.nodeName
          {"nodeName": "n", "totalMemoryBytes": 1}                              | spec.index
          {"nodeName": "n", "index": 0}                                         | spec.totalMemoryBytes
          {"nodeName": "", "index": 0, "totalMemoryBytes": 1}                   | spec.nodeName
          {"nodeName": "n", "index": -1, "totalMemoryBytes": 1}                 | spec.index
          {"nodeName": "n", "index": 0, "totalMemoryBytes": 0}                  | spec.totalMemoryBytes
          {"nodeName": "n", "index": 0, "totalMemoryBytes": "80Gi"}             | spec.totalMemoryBytes
          {"nodeName": "n", "index": 0, "totalMemoryBytes": 1, "headroomBytes": -1} | spec.headroomBytes
          """)
  void aWrongDeviceIsRefusedByField(String spec, String field) throws IOException {
    gpus.refuses("bad", spec, field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"health": "Sick"}                                              | status.health
          {"mode": "whole"}                                               | status.mode
          {"stats": {"utilizationPercent": 101}}                          | status.stats.utilizationPercent
          {"wakeLock": {"podName": "a-0"}}                                | status.wakeLock.expiresAt
          {"availableMemoryBytes": -1}                                    | status.availableMemoryBytes
          {"occupants": [{"podName": "a-0", "namespace": "d", "modelName": "a", "ordinal": 0, "generation": 1, "state": "dozing", "reservedMemoryBytes": 0}]} | state
          """)
  void aWrongStatusIsRefusedByField(String status, String field) throws IOException {
    gpus.create("gpu", SPEC);

    gpus.refusesStatus("gpu", status, field);
  }

  @Test
  void specAndStatusAreWrittenApart() throws IOException {
    gpus.create("gpu", SPEC);
    long generation = gpus.generation("gpu");

    gpus.patchStatus("gpu", "{\"status\": {\"mode\": \"idle\"}, \"spec\": {\"index\": 7}}");
    gpus.patch(
        "gpu", "{\"status\": {\"mode\": \"shared\"}, \"spec\": {\"product\": \"NVIDIA-L4\"}}");

    JsonObject stored = gpus.get("gpu");
    assertThat(stored.getAsJsonObject("status").get("mode").getAsString()).isEqualTo("idle");
    assertThat(stored.getAsJsonObject("spec").get("index").getAsInt()).isEqualTo(3);
    assertThat(stored.getAsJsonObject("spec").get("product").getAsString()).isEqualTo("NVIDIA-L4");
    assertThat(gpus.generation("gpu")).isEqualTo(generation + 1);
  }

  @Test
  void theColumnsAreTheDocumentedOnes() throws IOException {
    gpus.create("gpu-node-1-3", SPEC);
    gpus.patchStatus("gpu-node-1-3", "{\"status\": {\"availableMemoryBytes\": 102641958912}}");

    assertThat(gpus.columns()).containsExactly("Name", "Node", "Index", "Product", "Available");
    assertThat(gpus.row("gpu-node-1-3"))
        .containsExactly("gpu-node-1-3", "node-1", "3", "NVIDIA-A40", "102641958912");
  }
}
