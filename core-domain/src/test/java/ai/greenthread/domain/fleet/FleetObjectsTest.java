package ai.greenthread.domain.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.Violation;
import ai.greenthread.domain.model.Warning;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FleetObjectsTest {
  private static final Map<String, ?> A40 =
      Map.of("nodeName", "n1", "index", 3, "product", "NVIDIA-A40", "totalMemoryBytes", 48L << 30);

  private static Map<String, Object> object(String kind, String name, Map<String, ?> spec) {
    return Map.of(
        "apiVersion",
        "greenthread.ai/v1alpha1",
        "kind",
        kind,
        "metadata",
        Map.of("name", name),
        "spec",
        spec);
  }

  private static Map<String, Object> with(Map<String, ?> spec, String name, Object value) {
    Map<String, Object> changed = new HashMap<>(spec);
    changed.put(name, value);
    return changed;
  }

  private static Map<String, Object> gpu(Map<String, ?> spec) {
    return object("GPU", "gpu-n1-3", spec);
  }

  @Test
  void whatAnAgentWritesPassesWithoutAWord() {
    var judged = GpuManifest.read(gpu(with(A40, "headroomBytes", 1L << 30)));

    assertThat(judged.findings().violations()).isEmpty();
    assertThat(judged.findings().warnings()).isEmpty();
    assertThat(judged.object())
        .isEqualTo(
            new GpuObject("gpu-n1-3", "n1", 3, "", "NVIDIA-A40", 48L << 30, 1L << 30, false));
  }

  static Stream<Arguments> wrongGpus() {
    return Stream.of(
        Arguments.of(with(A40, "nodeName", "Node_1"), "spec.nodeName", "must be a DNS name"),
        Arguments.of(with(A40, "nodeName", ""), "spec.nodeName", "must name the node"),
        Arguments.of(with(A40, "index", -1), "spec.index", "from 0 to 1023"),
        Arguments.of(with(A40, "index", "0"), "spec.index", "remove the quotes"),
        Arguments.of(with(A40, "totalMemoryBytes", 0), "spec.totalMemoryBytes", "in bytes"),
        Arguments.of(
            with(A40, "totalMemoryBytes", "48Gi"), "spec.totalMemoryBytes", "whole number"),
        Arguments.of(with(A40, "headroomBytes", 48L << 30), "spec.headroomBytes", "less than"),
        Arguments.of(with(A40, "uuid", "GPU\n1"), "spec.uuid", "printable"),
        Arguments.of(with(A40, "memory", 1), "spec.memory", "no such field"));
  }

  @ParameterizedTest
  @MethodSource("wrongGpus")
  void nonsenseInAGpuIsNamedOnce(Map<String, ?> spec, String field, String advice) {
    List<Violation> violations = GpuManifest.read(gpu(spec)).findings().violations();

    assertThat(violations).hasSize(1);
    assertThat(violations.getFirst().toString()).startsWith(field + ":").contains(advice);
  }

  @Test
  void anEmptyGpuLacksThreeFields() {
    assertThat(GpuManifest.read(gpu(Map.of())).findings().violations())
        .extracting(Violation::field)
        .containsExactly("spec.nodeName", "spec.index", "spec.totalMemoryBytes");
  }

  @Test
  void aNameThatTheAgentWouldNotGiveIsRemarked() {
    assertThat(GpuManifest.read(object("GPU", "mine", A40)).findings().warnings())
        .extracting(Warning::message)
        .first()
        .asString()
        .contains("gpu-n1-3");
  }

  @Test
  void aGpuStaysTheSameDevice() {
    GpuObject before = GpuManifest.read(gpu(A40)).object();

    assertThat(
            GpuManifest.change(
                    before,
                    GpuManifest.read(gpu(with(with(A40, "nodeName", "n2"), "index", 4))).object())
                .violations())
        .extracting(Violation::field)
        .containsExactly("spec.nodeName", "spec.index");
    assertThat(
            GpuManifest.change(before, GpuManifest.read(gpu(with(A40, "uuid", "u"))).object())
                .violations())
        .isEmpty();
  }

  private static Map<String, Object> storage(Map<String, ?> spec) {
    return object("StorageNode", "n1", spec);
  }

  @Test
  void aStorageNodeThatSaysNothingButItsNodeGetsEveryDefault() {
    assertThat(StorageNodeManifest.read(storage(Map.of("nodeName", "n1"))).object())
        .isEqualTo(new StorageNode("n1", "n1", "", "/mnt/models", null, 8));
  }

  static Stream<Arguments> rightStorageNodes() {
    return Stream.of(
        Arguments.of("address", "10.0.0.7:9000"),
        Arguments.of("address", "[fd00::7]:9000"),
        Arguments.of("address", "storage-0.storage.greenthread-system:9000"),
        Arguments.of("modelsPath", "/data/models/"),
        Arguments.of("pinnedMemory", "64Gi"));
  }

  @ParameterizedTest
  @MethodSource("rightStorageNodes")
  void aRightStorageNodePasses(String field, String value) {
    assertThat(
            StorageNodeManifest.read(storage(Map.of("nodeName", "n1", field, value)))
                .findings()
                .violations())
        .isEmpty();
  }

  static Stream<Arguments> wrongStorageNodes() {
    return Stream.of(
        Arguments.of("nodeName", "a_b", "must be a DNS name"),
        Arguments.of("address", "storage", "host:port"),
        Arguments.of("address", "storage:70000", "host:port"),
        Arguments.of("address", "http://storage:9000", "host:port"),
        Arguments.of("modelsPath", "models", "whole path"),
        Arguments.of("modelsPath", "/mnt/../etc", "whole path"),
        Arguments.of("modelsPath", "/", "whole path"),
        Arguments.of("pinnedMemory", "-1Gi", "more than nothing"),
        Arguments.of("pinnedChunks", 0, "from 1 to 1024"));
  }

  @ParameterizedTest
  @MethodSource("wrongStorageNodes")
  void nonsenseInAStorageNodeIsNamedOnce(String field, Object value, String advice) {
    Map<String, Object> spec = with(Map.of("nodeName", "n1"), field, value);

    List<Violation> violations = StorageNodeManifest.read(storage(spec)).findings().violations();

    assertThat(violations).hasSize(1);
    assertThat(violations.getFirst().toString()).startsWith("spec." + field).contains(advice);
  }

  @Test
  void aStorageNodeStaysItsNodes() {
    StorageNode before = StorageNodeManifest.read(storage(Map.of("nodeName", "n1"))).object();
    StorageNode after = StorageNodeManifest.read(storage(Map.of("nodeName", "n2"))).object();

    assertThat(StorageNodeManifest.change(before, after).violations())
        .extracting(Violation::field)
        .containsExactly("spec.nodeName");
  }
}
