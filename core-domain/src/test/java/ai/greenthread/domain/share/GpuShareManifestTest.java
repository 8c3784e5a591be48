package ai.greenthread.domain.share;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Judged;
import ai.greenthread.domain.model.Violation;
import ai.greenthread.domain.model.Warning;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GpuShareManifestTest {
  private static final List<FleetRules.Device> DEVICES =
      List.of(device("n1", 0, "A40", 40), device("n1", 1, "A40", 40), device("n2", 0, "L4", 20));

  private static FleetRules.Device device(String node, int index, String product, long gib) {
    return new FleetRules.Device(new GpuId(node, index), product, Bytes.ofGiB(gib));
  }

  private static Judged<GpuShareClaim> read(Map<String, ?> spec) {
    return GpuShareManifest.read(
        Map.of(
            "apiVersion",
            "greenthread.ai/v1alpha1",
            "kind",
            "GPUShareClaim",
            "metadata",
            Map.of("name", "notebook", "namespace", "team"),
            "spec",
            spec));
  }

  private static GpuShareClaim claim(Map<String, ?> spec) {
    Judged<GpuShareClaim> judged = read(spec);
    assertThat(judged.findings().violations()).isEmpty();
    return judged.object();
  }

  @Test
  void aClaimThatSaysNothingButItsMemoryGetsEveryDefault() {
    GpuShareClaim claim = claim(Map.of("memory", "8Gi"));

    assertThat(claim.namespace()).isEqualTo("team");
    assertThat(claim.mode()).isEqualTo(ShareMode.SHARED);
    assertThat(claim.memory().orElseThrow().bytes()).isEqualTo(Bytes.ofGiB(8));
    assertThat(claim.count()).isEqualTo(1);
    assertThat(claim.weight()).isEqualTo(100);
    assertThat(claim.computePercent()).isEmpty();
  }

  @Test
  void wholeDevicesNeedNoMemory() {
    assertThat(claim(Map.of("mode", "exclusive", "count", 2)).memory()).isEmpty();
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(Map.of(), "spec.memory", "such as 8Gi"),
        Arguments.of(Map.of("memory", "0"), "spec.memory", "must be more than nothing"),
        Arguments.of(Map.of("memory", "8 GB"), "spec.memory", "must be a quantity such as 10Gi"),
        Arguments.of(Map.of("memory", "1Gi", "mode", "whole"), "spec.mode", "\"exclusive\""),
        Arguments.of(Map.of("memory", "1Gi", "mode", "share"), "spec.mode", "did you mean"),
        Arguments.of(Map.of("memory", "1Gi", "count", 0), "spec.count", "from 1 to 64"),
        Arguments.of(Map.of("memory", "1Gi", "count", "2"), "spec.count", "remove the quotes"),
        Arguments.of(Map.of("memory", "1Gi", "product", "NVIDIA A40"), "spec.product", "hyphens"),
        Arguments.of(
            Map.of("memory", "1Gi", "computePercent", 101), "spec.computePercent", "1 to 100"),
        Arguments.of(Map.of("memory", "1Gi", "weight", 0), "spec.weight", "from 1 to 10000"),
        Arguments.of(Map.of("memory", "1Gi", "priority", -1), "spec.priority", "from 0 to 1000"),
        Arguments.of(
            Map.of("memory", "1Gi", "weight", 5, "computePercent", 10), "spec.weight", "either"),
        Arguments.of(
            Map.of("mode", "exclusive", "computePercent", 10), "spec.computePercent", "remove it"),
        Arguments.of(Map.of("mode", "exclusive", "weight", 10), "spec.weight", "remove it"),
        Arguments.of(Map.of("memory", "1Gi", "memroy", "2Gi"), "spec.memroy", "mean memory?"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsNamedOnceWithFieldAndAdvice(Map<String, ?> spec, String field, String advice) {
    List<Violation> violations = read(spec).findings().violations();

    assertThat(violations).hasSize(1);
    assertThat(violations.getFirst().field()).isEqualTo(field);
    assertThat(violations.getFirst().toString()).startsWith(field + ":").contains(advice);
  }

  @Test
  void allMistakesAreSaidAtOnce() {
    assertThat(
            read(Map.of("count", 100, "priority", 5000, "product", "a b")).findings().violations())
        .extracting(Violation::field)
        .containsExactlyInAnyOrder("spec.memory", "spec.count", "spec.priority", "spec.product");
  }

  @Test
  void devicesOfAClaimAreFixedAndItsShareOfTimeIsNot() {
    GpuShareClaim before = claim(Map.of("memory", "1Gi"));

    assertThat(
            GpuShareManifest.change(
                    before, claim(Map.of("memory", "1024Mi", "weight", 7, "priority", 3)))
                .violations())
        .isEmpty();
    assertThat(
            GpuShareManifest.change(
                    before, claim(Map.of("mode", "exclusive", "count", 2, "product", "A40")))
                .violations())
        .extracting(Violation::field)
        .containsExactly("spec.mode", "spec.count", "spec.product", "spec.memory");
  }

  @Test
  void aForgottenUnitIsAskedFor() {
    assertThat(read(Map.of("memory", 8)).findings().warnings())
        .extracting(Warning::message)
        .first()
        .asString()
        .contains("8Gi?");
  }

  static Stream<Arguments> hopeless() {
    return Stream.of(
        Arguments.of(Map.of("memory", "1Gi", "product", "H100"), "spec.product", "A40, L4"),
        Arguments.of(Map.of("memory", "41Gi"), "spec.memory", "40 GiB"),
        Arguments.of(Map.of("memory", "21Gi", "product", "L4"), "spec.memory", "20 GiB"),
        Arguments.of(Map.of("memory", "1Gi", "count", 3), "spec.count", "3 neighbouring"));
  }

  @ParameterizedTest
  @MethodSource("hopeless")
  void aClaimThatCanNeverBeBoundIsToldSo(Map<String, ?> spec, String field, String says) {
    assertThat(GpuShareRoom.never(claim(spec), DEVICES))
        .hasValueSatisfying(warning -> {
          assertThat(warning.field()).isEqualTo(field);
          assertThat(warning.message()).contains("can never be bound", says);
        });
  }

  @Test
  void aClaimThatFitsIsNotSpokenAbout() {
    assertThat(GpuShareRoom.never(claim(Map.of("memory", "40Gi", "count", 2)), DEVICES)).isEmpty();
    assertThat(GpuShareRoom.never(claim(Map.of("memory", "1Gi")), List.of()))
        .hasValueSatisfying(warning -> assertThat(warning.message()).contains("there is none yet"));
  }
}
