package ai.greenthread.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Xid errors make of a device's health. */
@Timeout(120)
class XidErrorsTest {
  private static final GpuId FIRST = new GpuId("here", 0);
  private static final GpuId SECOND = new GpuId("here", 1);

  @TempDir private Path folder;

  private GpuProbe open(FakeNvml fake) {
    return NvmlProbe.open("here", Optional.of(fake.library()));
  }

  private static String unhealthy(GpuProbe probe, GpuId gpu) {
    return probe.read(gpu).health() instanceof GpuHealth.Unhealthy bad ? bad.reason() : "usable";
  }

  @ParameterizedTest
  @ValueSource(longs = {48, 64, 74, 79, 95, 119})
  void anErrorThatOnlyAResetEndsMakesTheDeviceUnhealthyAndNoOther(long code) throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd();
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.read(SECOND).health()).isEqualTo(GpuHealth.HEALTHY);

      fake.saysTwoGpusAnd("xid 1 " + code);

      assertThat(unhealthy(probe, SECOND)).startsWith("Xid " + code + ": ");
      assertThat(probe.read(SECOND).used()).contains(Bytes.ZERO);
      assertThat(probe.read(FIRST).health()).isEqualTo(GpuHealth.HEALTHY);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {63, 94, 92, 4_294_967_296L + 13})
  void aContainedErrorAndOneThatNobodyKnowsDegradeIt(long code) throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("xid 0 " + code);
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.read(FIRST).health())
          .isInstanceOfSatisfying(
              GpuHealth.Degraded.class,
              bad -> assertThat(bad.reason()).startsWith("Xid " + code + ": "));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {13, 31, 43, 45, 68, 109})
  void anErrorOfAnApplicationLeavesTheDeviceHealthy(long code) throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("xid 0 " + code, "xid 0 79");
    try (GpuProbe probe = open(fake)) {
      assertThat(unhealthy(probe, FIRST)).startsWith("Xid 79: ").doesNotContain("Xid " + code);
    }
  }

  @Test
  void anErrorStaysSaidWithHowOftenItHappened() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("xid 0 48", "xid 1 63", "xid 0 48");
    try (GpuProbe probe = open(fake)) {
      assertThat(unhealthy(probe, FIRST)).endsWith("reset the GPU (2 times)");
      assertThat(unhealthy(probe, FIRST)).endsWith("reset the GPU (2 times)");
    }
  }

  @Test
  void whereErrorsCannotBeHeardTheNotesSayWhyAndAllElseIsTold() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("fail nvmlDeviceRegisterEvents 4 1", "xid 0 79");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.inventory().notes())
          .singleElement()
          .asString()
          .contains("Xid errors of gpu-here-1 cannot be heard", "rights of /dev/nvidia*");
      assertThat(unhealthy(probe, FIRST)).startsWith("Xid 79");
      assertThat(probe.read(SECOND).health()).isEqualTo(GpuHealth.HEALTHY);
    }
  }

  @Test
  void aDeviceWithoutSuchErrorsIsNotComplainedOf() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("fail nvmlDeviceRegisterEvents 3");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.inventory().notes()).isEmpty();
      assertThat(probe.read(FIRST).health()).isEqualTo(GpuHealth.HEALTHY);
    }
  }

  @Test
  void aQueueThatCannotBeMadeCostsTheErrorsOnlyAndIsSaid() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("fail nvmlEventSetCreate 999", "xid 0 79");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.inventory().notes()).singleElement().asString().contains("Unknown Error");
      assertThat(probe.read(FIRST).health()).isEqualTo(GpuHealth.HEALTHY);
    }
  }

  @Test
  void aQueueThatCannotBeReadDegradesTheDeviceAndLeavesTheReadings() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("fail nvmlEventSetWait_v2 999", "xid 0 79");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.read(FIRST).temperatureCelsius()).hasValue(54);
      assertThat(probe.read(FIRST).health())
          .isEqualTo(
              new GpuHealth.Degraded("Xid errors cannot be read: Unknown Error (NVML code 999)"));
    }
  }

  @Test
  void aDeviceInMigModeIsDegraded() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.says("gpu Fake|1024|0|0|0|0|0|1");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.read(FIRST).health())
          .isInstanceOfSatisfying(
              GpuHealth.Degraded.class, bad -> assertThat(bad.reason()).contains("MIG mode"));
    }
  }
}
