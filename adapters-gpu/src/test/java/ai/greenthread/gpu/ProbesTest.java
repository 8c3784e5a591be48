package ai.greenthread.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.VirtualGpuUsage;
import ai.greenthread.gpu.ProbeSettings.VirtualUse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbesTest {
  private static final List<Bytes> SIZES = List.of(Bytes.ofGiB(8), Bytes.ofGiB(4));

  @TempDir private Path folder;
  private ProbeSettings nothingHere = ProbeSettings.defaults("here");

  @BeforeEach
  void nothingIsInstalled() {
    nothingHere =
        ProbeSettings.defaults("here")
            .withNvmlLibrary(folder.resolve("no-library"))
            .withNvidiaSmi(folder.resolve("no-tool").toString());
  }

  private String smi(String... lines) throws IOException {
    return FakeTool.script(folder, "nvidia-smi", lines);
  }

  @Test
  void nvmlComesFirstAndNothingElseIsAsked() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd();
    Path asked = folder.resolve("asked");

    try (DetectedGpus gpus =
        Probes.detect(
            nothingHere.withNvmlLibrary(fake.library()).withNvidiaSmi(smi("touch " + asked)))) {
      assertThat(gpus.inventory().source()).isEqualTo("NVML, driver 580.95");
      assertThat(gpus.inventory().devices()).hasSize(2);
      assertThat(gpus.inventory().notes()).isEmpty();
      assertThat(gpus.usage()).isSameAs(VirtualGpuUsage.NOT_NEEDED);
      assertThat(gpus.read(new GpuId("here", 0)).used()).contains(Bytes.ofGiB(1));
      assertThat(asked).doesNotExist();
    }
  }

  @Test
  void withoutNvmlTheToolIsAskedAndTheNoteTellsWhy() throws IOException {
    try (DetectedGpus gpus =
        Probes.detect(nothingHere.withNvidiaSmi(smi("echo '0, GPU-aa, Fake, 1024, 24'")))) {
      assertThat(gpus.inventory().source()).isEqualTo("nvidia-smi");
      assertThat(gpus.inventory().devices()).hasSize(1);
      assertThat(gpus.inventory().notes())
          .extracting(GpuInventory.Note::probe)
          .containsExactly("NVML");
    }
  }

  @Test
  void withoutAnythingThereAreNoGpusAndEveryReasonIsTold() {
    try (DetectedGpus gpus = Probes.detect(nothingHere)) {
      assertThat(gpus.inventory().source()).isEqualTo("none");
      assertThat(gpus.inventory().devices()).isEmpty();
      assertThat(gpus.inventory().notes())
          .extracting(GpuInventory.Note::probe)
          .containsExactly("NVML", "nvidia-smi");
      assertThatIllegalArgumentException().isThrownBy(() -> gpus.read(new GpuId("here", 0)));
    }
  }

  @Test
  void namedVirtualGpusStandInWhereNoRealOneIsFoundAndTheReasonsStay() {
    try (DetectedGpus gpus =
        Probes.detect(nothingHere.withVirtual(SIZES, VirtualUse.WHERE_NO_REAL_GPU))) {
      assertThat(gpus.inventory().devices()).hasSize(2).allMatch(GpuDevice::virtual);
      assertThat(gpus.inventory().notes())
          .extracting(GpuInventory.Note::probe)
          .containsExactly("NVML", "nvidia-smi", "virtual GPUs");

      gpus.usage().attach(new GpuId("here", 1), ProcessHandle.current().pid());

      assertThat(gpus.read(new GpuId("here", 1)).used().orElseThrow())
          .isGreaterThan(Bytes.ofMiB(20));
    }
  }

  @Test
  void besideRealGpusNamedVirtualOnesDoNotCountAndThatIsSaid() throws IOException {
    try (DetectedGpus gpus =
        Probes.detect(
            nothingHere
                .withNvidiaSmi(smi("echo '0, GPU-aa, Fake, 1024, 24'"))
                .withVirtual(SIZES, VirtualUse.WHERE_NO_REAL_GPU))) {
      assertThat(gpus.inventory().devices()).hasSize(1).noneMatch(GpuDevice::virtual);
      assertThat(gpus.inventory().notes().toString()).contains("there are real GPUs");
    }
  }

  @Test
  void virtualGpusAskedForExplicitlyReplaceRealOnesWhichAreNotTouched() throws IOException {
    Path asked = folder.resolve("asked");
    try (DetectedGpus gpus =
        Probes.detect(
            nothingHere
                .withNvidiaSmi(smi("touch " + asked, "echo '0, GPU-aa, Fake, 1024, 24'"))
                .withVirtual(SIZES, VirtualUse.INSTEAD_OF_REAL_GPUS))) {
      assertThat(gpus.inventory().devices()).hasSize(2).allMatch(GpuDevice::virtual);
      assertThat(asked).doesNotExist();
    }
  }

  @Test
  void aDriverThatHangsIsGivenUpAndTheNextProbeIsTried() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("hang nvmlInit_v2 40");
    try (DetectedGpus gpus =
        Probes.detect(
            nothingHere
                .withNvmlLibrary(fake.library())
                .withNvidiaSmi(smi("echo '0, GPU-aa, Fake, 1024, 24'"))
                .withLimit(Duration.ofSeconds(5)))) {
      assertThat(gpus.inventory().source()).isEqualTo("nvidia-smi");
      assertThat(gpus.inventory().notes())
          .first()
          .asString()
          .contains("NVML", "did not answer within 5.0 s");
    }
  }

  @Test
  void settingsThatCannotWorkAreRefusedWithTheReason() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> nothingHere.withVirtual(List.of(), VirtualUse.INSTEAD_OF_REAL_GPUS))
        .withMessageContaining("no sizes");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> nothingHere.withVirtual(List.of(Bytes.ZERO), VirtualUse.WHERE_NO_REAL_GPU));
    assertThatIllegalArgumentException().isThrownBy(() -> nothingHere.withLimit(Duration.ZERO));
  }

  @Test
  void theDefaultsAreFiveSecondsAndNoVirtualGpus() {
    ProbeSettings defaults = ProbeSettings.defaults("here");

    assertThat(defaults.limit()).isEqualTo(Duration.ofSeconds(5));
    assertThat(defaults.nvidiaSmi()).isEqualTo("nvidia-smi");
    assertThat(defaults.nvmlLibrary()).isEmpty();
    assertThat(defaults.virtualSizes()).isEmpty();
    assertThat(defaults.simulatorLedger()).isEmpty();
    assertThat(defaults.withSimulatorLedger(folder).simulatorLedger()).contains(folder);
    assertThat(defaults.virtualUse()).isEqualTo(VirtualUse.WHERE_NO_REAL_GPU);
  }

  @Test
  void aDriverThatHangsInTheMiddleIsADeviceThatCannotBeUsedAndHoldsUpNobody() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("hang nvmlDeviceGetTemperature 40");
    var gpu = new GpuId("here", 0);
    Duration limit = Duration.ofSeconds(2);

    long began = System.nanoTime();
    try (DetectedGpus gpus =
        Probes.detect(nothingHere.withNvmlLibrary(fake.library()).withLimit(limit))) {
      assertThat(gpus.read(gpu).health().label()).isEqualTo("Unhealthy");
      assertThat(gpus.processes(gpu).gaps()).singleElement().asString().contains("stuck");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
  }
}
