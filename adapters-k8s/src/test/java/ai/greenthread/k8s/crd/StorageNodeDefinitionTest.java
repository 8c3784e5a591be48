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
class StorageNodeDefinitionTest {
  private final Objects nodes;

  StorageNodeDefinitionTest(ControlPlane plane) throws IOException {
    this.nodes = new Objects(plane.api(), Resource.STORAGE_NODE, plane.newNamespace("storage"));
  }

  @Test
  void aNodeThatSaysNothingButItsNameGetsEveryDefault() throws IOException {
    Answer created = nodes.create("n1", "{\"nodeName\": \"n1\"}");

    assertThat(created.status()).as(created.describe()).isEqualTo(201);
    JsonObject spec = created.body().getAsJsonObject("spec");
    assertThat(spec.get("modelsPath").getAsString()).isEqualTo("/mnt/models");
    assertThat(spec.get("pinnedChunks").getAsInt()).isEqualTo(8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                        | spec.nodeName
          {"nodeName": ""}                          | spec.nodeName
          {"nodeName": "n", "modelsPath": "models"} | spec.modelsPath
          {"nodeName": "n", "pinnedMemory": "all"}  | spec.pinnedMemory
          {"nodeName": "n", "pinnedChunks": 0}      | spec.pinnedChunks
          """)
  void aWrongNodeIsRefusedByField(String spec, String field) throws IOException {
    nodes.refuses("bad", spec, field);
  }

  @Test
  void statusIsWrittenApartAndShownInColumns() throws IOException {
    nodes.create("n1", "{\"nodeName\": \"n1\"}");
    nodes.patchStatus(
        "n1",
        """
        {"status": {"tiers": {"system": {"capacityBytes": 64, "usedBytes": 5, "pinnedBytes": 3},
          "disk": {"capacityBytes": 640, "usedBytes": 50}},
          "models": [{"name": "a/b", "tier": "disk", "sizeBytes": 50, "hash": "x"}],
          "peers": ["n2"], "gdsAvailable": false, "rdmaAvailable": true}}
        """);

    nodes.refusesStatus("n1", "{\"models\": [{\"name\": \"a\", \"tier\": \"tape\"}]}", "tier");
    assertThat(nodes.columns())
        .containsExactly("Name", "Node", "RAM used", "Disk used", "Heartbeat");
    assertThat(nodes.row("n1").subList(0, 4)).containsExactly("n1", "n1", "5", "50");
  }
}
