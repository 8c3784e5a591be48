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
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NvidiaSmiProbeTest {
  private static final GpuId FIRST = new GpuId("here", 0);
  private static final GpuId SECOND = new GpuId("here", 1);
  private static final Duration ENOUGH = Duration.ofSeconds(30);
  private static final String ROWS =
      """
      0, GPU-aa, Fake A100, 81920, 1024, 80896, 37, 54, 301.50, 0, Disabled
      1, GPU-bb, Fake L4, 24576, 0, 24576, 0, 31, 17.00, [N/A], [N/A]\
      """;

  @TempDir private Path folder;

  private GpuProbe saying(String... lines) throws IOException {
    return NvidiaSmiProbe.open("here", FakeTool.script(folder, "nvidia-smi", lines), ENOUGH);
  }

  private static String[] printing(String text) {
    return new String[] {"cat <<'END'", text, "END"};
  }

  @Test
  void everyColumnOfAHealthyDeviceIsTold() throws IOException {
    GpuProbe probe = saying(printing(ROWS));

    assertThat(probe.inventory())
        .isEqualTo(
            new GpuInventory(
                "nvidia-smi",
                List.of(
                    new GpuDevice(
                        FIRST, "GPU-aa", "Fake A100", Bytes.ofGiB(80), GpuKind.PHYSICAL, false),
                    new GpuDevice(
                        SECOND, "GPU-bb", "Fake L4", Bytes.ofGiB(24), GpuKind.PHYSICAL, false)),
                List.of()));
    GpuReading reading = probe.read(FIRST);
    assertThat(reading.used()).contains(Bytes.ofGiB(1));
    assertThat(reading.free()).contains(Bytes.ofGiB(79));
    assertThat(reading.utilizationPercent()).hasValue(37);
    assertThat(reading.temperatureCelsius()).hasValue(54);
    assertThat(reading.powerWatts()).hasValue(301.5);
    assertThat(reading.health()).isEqualTo(GpuHealth.HEALTHY);
    assertThat(probe.read(SECOND).health()).isEqualTo(GpuHealth.HEALTHY);
  }

  @Test
  void theToolIsAskedInTheFormThatItsDocumentationGives() throws IOException {
    Path asked = folder.resolve("asked");
    GpuProbe probe = saying("echo \"$@\" >>" + asked, "echo '0, GPU-aa, Fake, 1024, 0'");
    probe.read(FIRST);
    probe.processes(FIRST);

    assertThat(Files.readAllLines(asked))
        .satisfiesExactly(
            all ->
                assertThat(all)
                    .startsWith("--query-gpu=index,uuid,name,memory.total,memory.used,")
                    .endsWith(" --format=csv,noheader,nounits"),
            one -> assertThat(one).startsWith("--id=GPU-aa --query-gpu=index,"),
            processes ->
                assertThat(processes).startsWith("--query-compute-apps=gpu_uuid,pid,used_memory "));
  }

  @Test
  void columnsThatAreNotThereOrNotAvailableAreAbsent() throws IOException {
    GpuProbe probe =
        saying(
            printing(
                """
                0, GPU-aa, Fake, 1024, 24
                1, GPU-bb, Fake, 1024, [N/A], [N/A], [Not Supported], ERR!, [Unknown Error], N/A\
                """));

    GpuReading shortRow = probe.read(FIRST);
    assertThat(shortRow.used()).contains(Bytes.ofMiB(24));
    assertThat(shortRow.free()).contains(Bytes.ofMiB(1000));
    assertThat(shortRow.utilizationPercent()).isEmpty();
    assertThat(probe.read(SECOND)).isEqualTo(GpuReading.unread(GpuHealth.HEALTHY));
  }

  @Test
  void aDeviceWhoseSizeIsNotToldIsLeftOutWithAReason() throws IOException {
    assertNoGpus(
        saying("echo '0, GPU-aa, Fake, [N/A], [N/A]'"),
        "gpu-here-0 is left out",
        "how much memory");
  }

  @Test
  void withoutADriverTheMessageOnStandardOutputIsTheReason() throws IOException {
    assertNoGpus(
        saying(
            "echo \"NVIDIA-SMI has failed because it couldn't communicate with the driver.\"",
            "exit 9"),
        "code 9",
        "couldn't communicate with the driver");
  }

  @Test
  void aToolThatIsNotInstalledIsTheReason() {
    assertNoGpus(
        NvidiaSmiProbe.open("here", folder.resolve("absent").toString(), ENOUGH), "not installed");
  }

  @Test
  void aToolThatHangsIsEndedWithAllItStartedAndIsTheReason() throws Exception {
    String children = "1000." + System.nanoTime();
    GpuProbe probe =
        NvidiaSmiProbe.open(
            "here",
            FakeTool.script(folder, "nvidia-smi", "sleep " + children + " &", "wait"),
            Duration.ofSeconds(2));

    assertNoGpus(probe, "did not answer within 2.0 s");
    for (ProcessHandle left : ProcessHandle.allProcesses().toList()) {
      if (left.info().commandLine().orElse("").contains(children)) {
        left.onExit().get(30, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void whatAToolPrintedCountsAlthoughSomethingItLeftBehindHoldsItsOutputOpen() throws IOException {
    Path holds = Files.createFile(folder.resolve("holds"));
    GpuProbe probe =
        NvidiaSmiProbe.open(
            "here",
            FakeTool.script(
                folder,
                "nvidia-smi",
                "while [ -e " + holds + " ]; do sleep 1; done &",
                "cat <<'END'",
                ROWS,
                "END"),
            Duration.ofSeconds(10));

    assertThat(probe.inventory().devices()).extracting(GpuDevice::uuid).contains("GPU-aa");
    Files.delete(holds);
  }

  @Test
  void garbageIsNoGpuAndIsQuotedShortAndPrintable() throws IOException {
    GpuProbe probe =
        saying(
            "printf 'what, is, this, \\033[31mred, thing\\n\\n1;2;3\\n'",
            "head -c 100000 /dev/zero | tr '\\0' 'x'");

    assertNoGpus(probe, "a line that is not a GPU was passed over: \"what, is, this, ?[31mred");
    assertThat(probe.inventory().notes()).hasSize(3).allMatch(note -> note.text().length() < 300);
  }

  @Test
  void numbersThatNoDeviceCanHaveAreGarbageToo() throws IOException {
    GpuProbe probe =
        saying(
            printing(
                """
                0, GPU-aa, Fake, 1e300, 0
                -1, GPU-bb, Fake, 1024, 0
                99999999999, GPU-cc, Fake, 1024, 0
                3, GPU-dd, Fake, NaN, 0
                4, GPU-ee, Fake, -5, 0\
                """));

    assertNoGpus(
        probe, "gpu-here-0 is left out", "gpu-here-3 is left out", "gpu-here-4 is left out");
  }

  @Test
  void endlessOutputIsCutOff() throws IOException {
    assertNoGpus(saying("exec yes"), "ended with code");
  }

  @Test
  void goodLinesAmongGarbageCountAndTheSameIndexTwiceIsOneDevice() throws IOException {
    GpuProbe probe =
        saying(
            printing(
                """
                Warning: infoROM is corrupted
                1, GPU-bb, Fake, 1024, 0
                1, GPU-cc, Fake, 2048, 0\
                """));

    assertThat(probe.inventory().devices()).extracting(GpuDevice::uuid).containsExactly("GPU-bb");
    assertThat(probe.inventory().notes()).hasSize(2);
  }

  @Test
  void anEmptyListSaysSo() throws IOException {
    assertNoGpus(saying("exit 0"), "lists no GPU");
  }

  @Test
  void anOldToolIsAskedForItsOldestColumnsOnly() throws IOException {
    GpuProbe probe =
        saying(
            "case \"$*\" in *mig*) echo 'Field \"mig.mode.current\" is not a valid field to query.'; exit 2;; esac",
            "echo '0, GPU-aa, Fake, 1024, 24'");

    assertThat(probe.inventory().devices()).hasSize(1);
    assertThat(probe.inventory().notes())
        .singleElement()
        .asString()
        .contains("only memory is read");
    assertThat(probe.read(FIRST).used()).contains(Bytes.ofMiB(24));
  }

  @Test
  void aGpuLostWhileRunningIsUnhealthyAndNotGone() throws IOException {
    GpuProbe probe = saying(printing(ROWS));

    saying(printing("0, GPU-aa, Fake A100, [GPU is lost], [GPU is lost]"));
    assertUnhealthy(probe, "the GPU is lost");
    saying("echo 'Unable to determine the device handle for GPU 0.'", "exit 15");
    assertUnhealthy(probe, "code 15");
    saying(printing("1, GPU-bb, Fake L4, 24576, 0"));
    assertUnhealthy(probe, "no longer lists");
    saying("echo 'NVIDIA-SMI has failed'", "exit 9");
    assertUnhealthy(probe, "code 9");

    assertThat(probe.inventory().devices()).hasSize(2);
  }

  @Test
  void aToolThatFailsWhileRunningDegradesTheDeviceOnly() throws IOException {
    GpuProbe probe = saying(printing(ROWS));
    saying("echo oops >&2", "exit 1");

    assertThat(probe.read(FIRST))
        .isEqualTo(
            GpuReading.unread(
                new GpuHealth.Degraded("cannot be read: it ended with code 1 and said \"oops\"")));
    assertThat(probe.processes(FIRST).complete()).isFalse();
  }

  @Test
  void uncorrectedMemoryErrorsAndMigModeAreTold() throws IOException {
    GpuProbe probe = saying("echo '0, GPU-aa, Fake, 1024, 24, 1000, 0, 40, 50.0, 2, Enabled'");

    assertThat(probe.inventory().devices()).allMatch(GpuDevice::partitioned);
    assertThat(probe.read(FIRST).health())
        .isInstanceOfSatisfying(
            GpuHealth.Degraded.class, d -> assertThat(d.reason()).startsWith("2 memory errors"));
  }

  @Test
  void processesAreThoseOfTheDeviceAndHiddenMemoryIsAGap() throws IOException {
    GpuProbe probe =
        saying(
            "case \"$1\" in --query-compute-apps*) printf 'GPU-aa, 7, 100\\nGPU-bb, 8, 200\\nGPU-bb, 9, [N/A]\\n'; exit;; esac",
            "cat <<'END'",
            ROWS,
            "END");

    assertThat(probe.processes(FIRST)).isEqualTo(GpuProcesses.of(Map.of(7L, Bytes.ofMiB(100))));
    assertThat(probe.processes(SECOND).memory()).isEqualTo(Map.of(8L, Bytes.ofMiB(200)));
    assertThat(probe.processes(SECOND).heldBy(List.of(9L))).isEmpty();
  }

  @Test
  void anUnknownDeviceIsRefusedByName() throws IOException {
    GpuProbe probe = saying(printing(ROWS));

    assertThatIllegalArgumentException().isThrownBy(() -> probe.read(new GpuId("there", 0)));
  }

  private static void assertUnhealthy(GpuProbe probe, String reason) {
    GpuReading reading = probe.read(FIRST);
    assertThat(reading.used()).isEmpty();
    assertThat(reading.health())
        .isInstanceOfSatisfying(
            GpuHealth.Unhealthy.class, bad -> assertThat(bad.reason()).contains(reason));
  }

  private static void assertNoGpus(GpuProbe probe, String... reasons) {
    assertThat(probe.inventory().devices()).isEmpty();
    assertThat(probe.inventory().notes().toString()).contains(reasons);
  }
}
