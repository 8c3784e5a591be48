package ai.greenthread.k8s.crd;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.share.GpuShareClaim;
import ai.greenthread.domain.share.GpuShareManifest;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RealControlPlane
class GpuShareClaimDefinitionTest {
  private static final Gson GSON =
      new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();

  private final Objects claims;

  GpuShareClaimDefinitionTest(ControlPlane plane) throws IOException {
    this.claims = new Objects(plane.api(), Resource.GPU_SHARE_CLAIM, plane.newNamespace("claims"));
  }

  @Test
  void theServersDefaultsAreTheDomains() throws IOException {
    Answer created = claims.create("plain", "{\"memory\": \"8Gi\"}");

    assertThat(created.status()).as(created.describe()).isEqualTo(201);
    var fromServer = GpuShareManifest.read(GSON.fromJson(claims.get("plain"), Map.class));
    assertThat(fromServer.findings().violations()).isEmpty();
    assertThat(fromServer.findings().warnings()).isEmpty();
    GpuShareClaim claim = fromServer.object();
    assertThat(claim)
        .isEqualTo(
            new GpuShareClaim(
                claim.namespace(),
                "plain",
                claim.mode(),
                claim.memoryOrNull(),
                1,
                "",
                null,
                null,
                0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"memory": "8 GB"}                          | spec.memory
          {"memory": "-1Gi"}                          | spec.memory
          {"memory": "1Gi", "mode": "whole"}          | spec.mode
          {"memory": "1Gi", "count": 0}               | spec.count
          {"memory": "1Gi", "count": 65}              | spec.count
          {"memory": "1Gi", "computePercent": 101}    | spec.computePercent
          {"memory": "1Gi", "weight": 0}              | spec.weight
          {"memory": "1Gi", "priority": -1}           | spec.priority
          """)
  void aWrongClaimIsRefusedByField(String spec, String field) throws IOException {
    claims.refuses("bad", spec, field);
  }

  @Test
  void statusIsWrittenApartAndShownInColumns() throws IOException {
    claims.create("notebook", "{\"memory\": \"8Gi\", \"count\": 2}");
    claims.patchStatus(
        "notebook",
        """
        {"status": {"phase": "Bound", "node": "n1", "gpu": "gpu-n1-0,gpu-n1-1",
          "claimName": "notebook-abc", "usedMemoryBytes": 5,
          "consumers": [{"podName": "notebook-0"}]}, "spec": {"count": 3}}
        """);

    claims.refusesStatus("notebook", "{\"phase\": \"Lost\"}", "status.phase");
    assertThat(claims.columns())
        .containsExactly("Name", "Phase", "Mode", "Memory", "Count", "Node", "GPU", "Age");
    assertThat(claims.row("notebook").subList(0, 7))
        .containsExactly("notebook", "Bound", "shared", "8Gi", "2", "n1", "gpu-n1-0,gpu-n1-1");
  }
}
