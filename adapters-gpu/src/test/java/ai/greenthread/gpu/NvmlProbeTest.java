package ai.greenthread.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuKind;
import ai.greenthread.domain.gpu.GpuProbe;
import ai.greenthread.domain.gpu.GpuProcesses;
import ai.greenthread.domain.gpu.GpuReading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class NvmlProbeTest {
  private static final GpuId FIRST = new GpuId("here", 0);
  private static final GpuId SECOND = new GpuId("here", 1);

  @TempDir private Path folder;

  private static GpuProbe open(FakeNvml fake) {
    return NvmlProbe.open("here", Optional.of(fake.library()));
  }

  @Test
  void everyReadingOfAHealthyDeviceIsTold() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd();

    try (GpuProbe probe = open(fake)) {
      assertThat(probe.inventory())
          .isEqualTo(
              new GpuInventory(
                  "NVML, driver 580.95",
                  List.of(
                      new GpuDevice(
                          FIRST,
                          "GPU-fake-0",
                          "Fake A100",
                          Bytes.ofGiB(80),
                          GpuKind.PHYSICAL,
                          false),
                      new GpuDevice(
                          SECOND,
                          "GPU-fake-1",
                          "Fake L4",
                          Bytes.ofGiB(24),
                          GpuKind.PHYSICAL,
                          false)),
                  List.of()));
      GpuReading reading = probe.read(FIRST);
      assertThat(reading.used()).contains(Bytes.ofGiB(1));
      assertThat(reading.free()).contains(Bytes.ofGiB(79));
      assertThat(reading.utilizationPercent()).hasValue(37);
      assertThat(reading.temperatureCelsius()).hasValue(54);
      assertThat(reading.powerWatts()).hasValue(301.5);
      assertThat(reading.health()).isEqualTo(GpuHealth.HEALTHY);
      assertThat(probe.processes(FIRST)).isEqualTo(GpuProcesses.of(Map.of()));
    }
  }

  @Test
  void eachReadingAsksTheDriverAnew() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    long self = ProcessHandle.current().pid();
    fake.saysTwoGpusAnd("proc 1 " + self + " 1073741824 a", "proc 1 4194305 1024 b");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.read(SECOND).used()).contains(Bytes.ofGiB(1));
      assertThat(probe.processes(SECOND).memory()).isEqualTo(Map.of(self, Bytes.ofGiB(1)));

      fake.saysTwoGpusAnd();

      assertThat(probe.read(SECOND).used()).contains(Bytes.ZERO);
      assertThat(probe.processes(SECOND)).isEqualTo(GpuProcesses.of(Map.of()));
    }
  }

  @Test
  void aProcessWithSeveralEntriesCountsTheirSumAndLongListsAreTakenWhole() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    List<String> lines = new ArrayList<>(List.of(FakeNvml.TWO));
    for (int pid = 1; pid <= 500; pid++) {
      lines.add("proc 0 " + pid + " 1048576");
    }
    lines.add("proc 0 500 2097152");
    fake.says(lines.toArray(String[]::new));
    try (GpuProbe probe = open(fake)) {
      GpuProcesses processes = probe.processes(FIRST);

      assertThat(processes.complete()).isTrue();
      assertThat(processes.memory()).hasSize(500).containsEntry(500L, Bytes.ofMiB(3));
    }
  }

  @Test
  void memoryOfAProcessThatTheDriverHidesIsAGapAndNotZero() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("proc 0 7 1048576", "proc 0 8 hidden");
    try (GpuProbe probe = open(fake)) {
      GpuProcesses processes = probe.processes(FIRST);

      assertThat(processes.memory()).isEqualTo(Map.of(7L, Bytes.ofMiB(1)));
      assertThat(processes.gaps()).singleElement().asString().contains("[8]");
      assertThat(processes.heldBy(List.of(8L))).isEmpty();
    }
  }

  @Test
  void withoutALibraryThereAreNoGpusAndTheReasonNamesWhatToDo() {
    Path nowhere = folder.resolve("libnvidia-ml.so.1");

    GpuProbe probe = NvmlProbe.open("here", Optional.of(nowhere));

    assertNoGpus(probe, nowhere.toString(), "install the NVIDIA driver");
  }

  @Test
  void aLibraryWithoutADriverMeansNoGpusAndTheReason() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.says("fail nvmlInit_v2 9");

    assertNoGpus(open(fake), "the NVIDIA driver is not loaded", "NVML code 9");
  }

  @Test
  void anErrorWithoutWordsOfOursIsToldInTheLibrarysWords() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.says("fail nvmlInit_v2 999");

    assertNoGpus(open(fake), "Unknown Error", "NVML code 999");
  }

  @Test
  void aDriverAndLibraryOfDifferentVersionsAskForARestart() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.says("fail nvmlInit_v2 18");

    assertNoGpus(open(fake), "different versions", "restart the machine");
  }

  @Test
  void devicesThatCannotBeCountedAreNoGpusAndTheReason() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("fail nvmlDeviceGetCount_v2 4");

    assertNoGpus(open(fake), "cannot be counted", "rights of /dev/nvidia*");
  }

  @Test
  void aDriverWithoutADeviceSaysSo() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.says("driver 580.95");

    assertNoGpus(open(fake), "there is no GPU on this machine");
  }

  @Test
  void aFileThatIsNoLibraryMeansNoGpusAndTheReason() throws IOException {
    Path garbage = folder.resolve("libnvidia-ml.so.1");
    Files.writeString(garbage, "this is no library\n");

    assertNoGpus(NvmlProbe.open("here", Optional.of(garbage)), "could be opened");
  }

  @Test
  void aLibraryOfSomethingElseMeansNoGpusAndTheReason() throws IOException {
    Path source = folder.resolve("other.c");
    Files.writeString(source, "int other(void) { return 1; }\n");
    Path other = folder.resolve("libnvidia-ml.so.1");
    FakeNvml.compile(source, other, List.of());

    assertNoGpus(
        NvmlProbe.open("here", Optional.of(other)),
        "nvmlInit_v2",
        "not NVIDIA's management library");
  }

  @Test
  void anOldDriverLosesOnlyTheReadingsItHasNoFunctionFor() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder, "-DOLD_DRIVER");
    fake.saysTwoGpusAnd();
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.inventory().devices()).hasSize(2);
      assertThat(probe.inventory().notes())
          .extracting(GpuInventory.Note::toString)
          .hasSize(6)
          .anyMatch(note ->
              note.equals(
                  "NVML: this driver has no nvmlDeviceGetTemperature, so temperature cannot be"
                      + " read; a newer driver has it"));
      assertThat(probe.inventory().notes().toString())
          .contains("EventSetCreate, ", "EventSetWait_v2, so Xid errors cannot be read");
      GpuReading reading = probe.read(FIRST);
      assertThat(reading.used()).contains(Bytes.ofGiB(1));
      assertThat(reading.utilizationPercent()).hasValue(37);
      assertThat(reading.temperatureCelsius()).isEmpty();
      assertThat(reading.powerWatts()).isEmpty();
      assertThat(reading.health()).isEqualTo(GpuHealth.HEALTHY);
      assertThat(probe.processes(FIRST).heldBy(List.of(1L))).isEmpty();
    }
  }

  @Test
  void readingsThatADeviceDoesNotSupportAreAbsentWithoutComplaint() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd(
        "fail nvmlDeviceGetUtilizationRates 3",
        "fail nvmlDeviceGetTemperature 3",
        "fail nvmlDeviceGetPowerUsage 4",
        "fail nvmlDeviceGetTotalEccErrors 3",
        "fail nvmlDeviceGetMigMode 3",
        "fail nvmlDeviceGetName 3",
        "fail nvmlDeviceGetUUID 3");
    try (GpuProbe probe = open(fake)) {
      GpuReading reading = probe.read(SECOND);

      assertThat(reading.used()).contains(Bytes.ZERO);
      assertThat(reading.utilizationPercent()).isEmpty();
      assertThat(reading.temperatureCelsius()).isEmpty();
      assertThat(reading.powerWatts()).isEmpty();
      assertThat(reading.health()).isEqualTo(GpuHealth.HEALTHY);
      assertThat(probe.inventory().device(SECOND).orElseThrow())
          .extracting(GpuDevice::product, GpuDevice::uuid)
          .containsExactly("NVIDIA GPU", "index-1");
    }
  }

  @Test
  void memoryThatIsNotAvailableIsAbsentAndNotANumber() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    // 17592186044415 MiB and one byte short of a further MiB are all 64 bits set.
    fake.says("gpu Fake|1024|17592186044415|0|0|0|0|0", "proc 0 1 1048575");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.read(FIRST).used()).isEmpty();
      assertThat(probe.read(FIRST).health()).isEqualTo(GpuHealth.HEALTHY);
    }
  }

  @Test
  void aDeviceWhoseSizeIsNotToldIsLeftOutWithAReason() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("fail nvmlDeviceGetMemoryInfo 3 0", "fail nvmlDeviceGetMemoryInfo 999 1");

    assertNoGpus(open(fake), "gpu-here-0 is left out", "share the machine's", "Unknown Error");
  }

  @Test
  void aGpuLostWhileRunningIsUnhealthyAndNotGoneAndTheOtherGoesOn() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd();
    try (GpuProbe probe = open(fake)) {
      fake.saysTwoGpusAnd(
          "fail nvmlDeviceGetMemoryInfo 15 0",
          "fail nvmlDeviceGetUtilizationRates 15 0",
          "fail nvmlDeviceGetComputeRunningProcesses_v3 15 0");

      assertThat(probe.inventory().devices()).hasSize(2);
      assertThat(probe.read(FIRST).used()).isEmpty();
      assertThat(probe.read(FIRST).health())
          .isInstanceOfSatisfying(
              GpuHealth.Unhealthy.class,
              lost -> assertThat(lost.reason()).contains("the GPU is lost").contains("code 15"));
      assertThat(probe.processes(FIRST).complete()).isFalse();
      assertThat(probe.read(SECOND).health()).isEqualTo(GpuHealth.HEALTHY);
    }
  }

  @Test
  void aGpuLostBeforeTheStartIsLeftOutWithTheReasonAndTheOtherKeepsItsIndex() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("fail nvmlDeviceGetHandleByIndex_v2 15 0");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.inventory().devices()).extracting(GpuDevice::id).containsExactly(SECOND);
      assertThat(probe.inventory().notes().toString()).contains("gpu-here-0", "lost");
      assertThat(probe.read(SECOND).used()).contains(Bytes.ZERO);
    }
  }

  @Test
  void aReadingThatFailsDegradesTheDeviceAndLeavesTheOtherReadings() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("fail nvmlDeviceGetPowerUsage 999");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.read(FIRST).temperatureCelsius()).hasValue(54);
      assertThat(probe.read(FIRST).health())
          .isEqualTo(new GpuHealth.Degraded("power cannot be read: Unknown Error (NVML code 999)"));
    }
  }

  @Test
  void uncorrectedMemoryErrorsDegradeTheDevice() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.says("gpu Fake|1024|0|0|0|0|3|0");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.read(FIRST).health())
          .isInstanceOfSatisfying(
              GpuHealth.Degraded.class, d -> assertThat(d.reason()).startsWith("3 memory errors"));
    }
  }

  @Test
  void aPartitionedDeviceSaysSo() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.says("gpu Fake|1024|0|0|0|0|0|1");
    try (GpuProbe probe = open(fake)) {
      assertThat(probe.inventory().devices()).allMatch(GpuDevice::partitioned);
      assertThat(probe.inventory().notes()).singleElement().asString().contains("MIG mode");
    }
  }

  @Test
  void anUnknownDeviceIsRefusedByName() throws IOException {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd();
    try (GpuProbe probe = open(fake)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> probe.read(new GpuId("here", 2)))
          .withMessage("there is no gpu-here-2 here; there is [gpu-here-0, gpu-here-1]");
    }
  }

  @Test
  void readersOnManyThreadsMeetAClosedLibraryAndNotACrash() throws Exception {
    FakeNvml fake = FakeNvml.compile(folder);
    fake.saysTwoGpusAnd("proc 0 1 1048576");
    GpuProbe probe = open(fake);
    CountDownLatch reading = new CountDownLatch(4);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<GpuReading>> readers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        readers.add(
            threads.submit(() -> {
              GpuReading latest = probe.read(FIRST);
              reading.countDown();
              while (latest.used().isPresent()) {
                assertThat(latest.used()).contains(Bytes.ofMiB(1025));
                latest = probe.read(FIRST);
              }
              return latest;
            }));
      }
      reading.await();
      probe.close();
      probe.close();
      for (Future<GpuReading> reader : readers) {
        assertThat(reader.get().health().toString()).contains("no longer in use");
      }
    }
    assertThat(probe.processes(FIRST).complete()).isFalse();
  }

  @Test
  void withoutLeaveToCallNativeLibrariesTheReasonNamesTheSwitch() {
    Command.Outcome outcome =
        Command.run(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--illegal-native-access=deny",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                PrintNotes.class.getName()),
            Duration.ofSeconds(60));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Command.Outcome.Ended.class,
            ended -> assertThat(ended.out()).contains("--enable-native-access=ALL-UNNAMED"));
  }

  /** Runs in a Java of its own. */
  static final class PrintNotes {
    private PrintNotes() {}

    public static void main(String[] args) {
      System.out.println(NvmlProbe.open("here", Optional.empty()).inventory().notes());
    }
  }

  private static void assertNoGpus(GpuProbe probe, String... reasons) {
    assertThat(probe.inventory().devices()).isEmpty();
    assertThat(probe.inventory().notes().toString()).contains(reasons);
    probe.close();
  }
}
