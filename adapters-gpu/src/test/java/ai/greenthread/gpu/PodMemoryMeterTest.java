package ai.greenthread.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuProbe;
import ai.greenthread.domain.gpu.VirtualGpuUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PodMemoryMeterTest {
  // Nobody else's processes on this machine may count.
  private static final String ONE = UUID.randomUUID().toString();
  private static final String TWO = UUID.randomUUID().toString();
  private static final GpuId FIRST = new GpuId("here", 0);
  private static final GpuId SECOND = new GpuId("here", 1);
  private static final ProcessOwners OWNERS = new ProcessOwners(Path.of("/proc"));

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @TempDir private Path folder;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endAll() throws InterruptedException {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private long start(Map<String, String> variables, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove(ProcessOwners.POD_UID);
    builder.environment().putAll(variables);
    Process process = builder.start();
    started.add(process);
    return process.pid();
  }

  private long sleeper(String uid) throws IOException {
    return start(Map.of(ProcessOwners.POD_UID, uid), "sleep", "60");
  }

  private DetectedGpus open(FakeNvml fake) {
    GpuProbe probe = NvmlProbe.open("here", Optional.of(fake.library()));
    return new DetectedGpus(probe.inventory(), probe, VirtualGpuUsage.NOT_NEEDED);
  }

  @Test
  void aPodHoldsWhatItsProcessesHoldOnEachDevice() throws Exception {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd(
        "proc 0 " + sleeper(ONE) + " 1000",
        "proc 0 " + sleeper(ONE) + " 500",
        "proc 1 " + sleeper(TWO) + " 300",
        "proc 1 " + start(Map.of(), "sleep", "60") + " 7");
    try (DetectedGpus gpus = open(fake)) {
      PodMemory memory = new PodMemoryMeter(gpus, OWNERS).measure();

      assertThat(memory.gaps()).isEmpty();
      assertThat(memory.of(ONE)).isEqualTo(Map.of(FIRST, Bytes.of(1500), SECOND, Bytes.ZERO));
      assertThat(memory.of(TWO)).isEqualTo(Map.of(FIRST, Bytes.ZERO, SECOND, Bytes.of(300)));
      assertThat(memory.of("nobody")).isEqualTo(Map.of(FIRST, Bytes.ZERO, SECOND, Bytes.ZERO));
      assertThat(memory.inUse()).containsExactly(FIRST, SECOND);
    }
  }

  @Test
  void memoryOfAProcessThatIsNotToBeSeenIsNotZero() throws Exception {
    FakeNvml fake = FakeNvml.compile(folder);
    // Beyond the highest process id that Linux gives.
    fake.saysTwoGpusAnd("proc 1 4194305 300");
    try (DetectedGpus gpus = open(fake)) {
      PodMemory memory = new PodMemoryMeter(gpus, OWNERS).measure();

      assertThat(memory.untold(List.of(SECOND)))
          .singleElement()
          .asString()
          .contains("gpu-here-1", "hostPID");
      assertThat(memory.untold(List.of(FIRST))).isEmpty();
    }
  }

  @Test
  void aDriverThatDoesNotTellMemoryByProcessIsAGap() throws Exception {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd(
        "proc 0 " + sleeper(ONE) + " 300", "fail nvmlDeviceGetComputeRunningProcesses_v3 999 1");
    try (DetectedGpus gpus = open(fake)) {
      PodMemory memory = new PodMemoryMeter(gpus, OWNERS).measure();

      assertThat(memory.untold(memory.devices()))
          .containsExactly("gpu-here-1: Unknown Error (NVML code 999)");
      assertThat(memory.untold(List.of(FIRST))).isEmpty();
      assertThat(memory.of(ONE)).containsEntry(FIRST, Bytes.of(300));
    }
  }

  @Test
  void onVirtualDevicesAPodHoldsTheMainMemoryOfItsServerAndNotOfItsSidecar() throws Exception {
    var virtual =
        new VirtualGpus(
            "here", List.of(Bytes.ofGiB(8), Bytes.ofGiB(8)), Probes.processMemory(PATIENCE));
    GpuInventory inventory = virtual.inventory();
    PodMemoryMeter meter =
        new PodMemoryMeter(new DetectedGpus(inventory, virtual, virtual), OWNERS);
    start(Map.of("POD_UID", ONE, "GREENTHREAD_GPUS", "gpu-here-1,gpu-there-0"), "sleep", "60");
    assertThat(meter.measure().inUse()).isEmpty();

    start(Map.of("POD_UID", ONE), "sh", "-c", "sleep 60; true");
    start(Map.of("POD_UID", TWO), "sleep", "60");
    PodMemory memory = meter.measure();

    assertThat(memory.gaps()).isEmpty();
    assertThat(memory.of(ONE).get(FIRST)).isEqualTo(Bytes.ZERO);
    // A shell and what it started, each with a libc at least, and no Java.
    assertThat(memory.of(ONE).get(SECOND)).isBetween(Bytes.of(300_000), Bytes.ofMiB(16));
    assertThat(memory.held()).containsOnlyKeys(ONE);
    assertThat(virtual.read(SECOND).used()).isPresent().get().isNotEqualTo(Bytes.ZERO);
  }
}
