package ai.greenthread.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuKind;
import ai.greenthread.domain.gpu.GpuProcesses;
import ai.greenthread.domain.gpu.GpuReading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VirtualGpusTest {
  private static final GpuId FIRST = new GpuId("here", 0);
  private static final GpuId SECOND = new GpuId("here", 1);

  @TempDir private Path folder;
  private final Map<Long, Bytes> resident = new ConcurrentHashMap<>();
  private final VirtualGpus gpus =
      new VirtualGpus(
          "here",
          List.of(Bytes.ofGiB(4), Bytes.ofGiB(2)),
          pid -> Optional.ofNullable(resident.get(pid)));
  private final List<Process> started = new ArrayList<>();

  /** A process that lives until the test ends it, said to hold {@code bytes}. */
  private Process process(Bytes bytes) throws IOException {
    Process process = new ProcessBuilder("sleep", "1000").start();
    started.add(process);
    resident.put(process.pid(), bytes);
    return process;
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void theyAreLabelledVirtualEverywhere() {
    assertThat(gpus.inventory().source()).isEqualTo("virtual GPUs");
    assertThat(gpus.inventory().notes()).singleElement().asString().contains("not hardware");
    assertThat(gpus.inventory().devices())
        .containsExactly(
            new GpuDevice(
                FIRST,
                "VGPU-here-0",
                "GreenThread Virtual GPU",
                Bytes.ofGiB(4),
                GpuKind.VIRTUAL,
                false),
            new GpuDevice(
                SECOND,
                "VGPU-here-1",
                "GreenThread Virtual GPU",
                Bytes.ofGiB(2),
                GpuKind.VIRTUAL,
                false))
        .allMatch(GpuDevice::virtual);
  }

  @Test
  void anEmptyDeviceIsFreeAndInventsNoReadings() {
    GpuReading reading = gpus.read(FIRST);

    assertThat(reading.used()).contains(Bytes.ZERO);
    assertThat(reading.free()).contains(Bytes.ofGiB(4));
    assertThat(reading.utilizationPercent()).isEmpty();
    assertThat(reading.temperatureCelsius()).isEmpty();
    assertThat(reading.powerWatts()).isEmpty();
    assertThat(reading.health()).isEqualTo(GpuHealth.HEALTHY);
  }

  @Test
  void useIsTheSumOfTheAttachedProcessesAsMeasuredNow() throws IOException {
    long one = process(Bytes.ofGiB(1)).pid();
    long two = process(Bytes.ofMiB(512)).pid();
    gpus.attach(FIRST, one);
    gpus.attach(FIRST, two);
    gpus.attach(FIRST, two);

    assertThat(gpus.read(FIRST).used()).contains(Bytes.ofMiB(1536));
    assertThat(gpus.processes(FIRST))
        .isEqualTo(GpuProcesses.of(Map.of(one, Bytes.ofGiB(1), two, Bytes.ofMiB(512))));
    assertThat(gpus.read(SECOND).used()).contains(Bytes.ZERO);

    resident.put(one, Bytes.ofMiB(100));
    gpus.detach(FIRST, two);

    assertThat(gpus.read(FIRST).used()).contains(Bytes.ofMiB(100));
  }

  @Test
  void aProcessOnTwoDevicesCountsHalfOnEach() throws IOException {
    long both = process(Bytes.ofGiB(1)).pid();
    gpus.attach(FIRST, both);
    gpus.attach(SECOND, both);

    assertThat(gpus.read(FIRST).used()).contains(Bytes.ofMiB(512));
    assertThat(gpus.read(SECOND).used()).contains(Bytes.ofMiB(512));

    gpus.detach(SECOND, both);

    assertThat(gpus.read(FIRST).used()).contains(Bytes.ofGiB(1));
  }

  @Test
  void aProcessThatHasEndedHoldsNothingEvenIfItsIdLivesOn() throws Exception {
    Process process = process(Bytes.ofGiB(1));
    gpus.attach(FIRST, process.pid());
    assertThat(gpus.read(FIRST).used()).contains(Bytes.ofGiB(1));

    process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);

    // The map still tells a gibibyte for the id, as a stranger with the same id would hold.
    assertThat(gpus.read(FIRST).used()).contains(Bytes.ZERO);
    assertThat(gpus.processes(FIRST)).isEqualTo(GpuProcesses.of(Map.of()));
    gpus.attach(FIRST, process.pid());
    assertThat(gpus.read(FIRST).used()).contains(Bytes.ZERO);
  }

  @Test
  void aProcessThatCannotBeMeasuredIsAGapAndNotZero() throws IOException {
    long hidden = process(Bytes.ofGiB(1)).pid();
    gpus.attach(FIRST, hidden);
    resident.remove(hidden);

    assertThat(gpus.read(FIRST).used()).isEmpty();
    assertThat(gpus.read(FIRST).health())
        .isEqualTo(
            new GpuHealth.Degraded("the memory of process " + hidden + " cannot be measured"));
    assertThat(gpus.processes(FIRST).heldBy(List.of(hidden))).isEmpty();
  }

  @Test
  void holdingMoreThanTheSizeIsSaidAndNotHidden() throws IOException {
    gpus.attach(SECOND, process(Bytes.ofGiB(3)).pid());

    GpuReading reading = gpus.read(SECOND);

    assertThat(reading.used()).contains(Bytes.ofGiB(3));
    assertThat(reading.free()).contains(Bytes.ZERO);
    assertThat(reading.health())
        .isInstanceOfSatisfying(
            GpuHealth.Degraded.class,
            d -> assertThat(d.reason()).contains("hold 3 GiB, more than the 2 GiB"));
  }

  @Test
  void anUnknownDeviceIsRefusedByName() {
    GpuId third = new GpuId("here", 2);

    assertThatIllegalArgumentException().isThrownBy(() -> gpus.attach(third, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> gpus.read(third));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> gpus.processes(third))
        .withMessageContaining("gpu-here-2")
        .withMessageContaining("[gpu-here-0, gpu-here-1]");
  }

  @Test
  void noSizesAreNoDevices() {
    GpuInventory none = new VirtualGpus("here", List.of(), pid -> Optional.empty()).inventory();

    assertThat(none.devices()).isEmpty();
  }

  @Test
  void aSimulatorCountsWhatItTellsInItsLedgerAndOthersWhatIsMeasured() throws Exception {
    Path ledger = folder.resolve("ledger");
    VirtualGpus withLedger =
        new VirtualGpus(
            "here",
            List.of(Bytes.ofGiB(4), Bytes.ofGiB(2)),
            pid -> Optional.ofNullable(resident.get(pid)),
            Optional.of(ledger));
    long simulator = process(Bytes.ofMiB(80)).pid();
    long engine = process(Bytes.ofMiB(300)).pid();
    Process stranger = process(Bytes.ofMiB(80));
    withLedger.attach(FIRST, simulator);
    withLedger.attach(SECOND, simulator);
    withLedger.attach(FIRST, engine);

    assertThat(withLedger.read(FIRST).used()).contains(Bytes.ofMiB(340));

    Files.write(
        ledger,
        List.of(
            "driver 580.95",
            "proc 0 " + simulator + " 1073741824 a",
            "proc 0 " + simulator + " 1048576 b",
            "proc 1 " + stranger.pid() + " 2097152 c",
            "proc 0 nonsense 1 d",
            "proc 0 " + simulator + " -1 e"));

    assertThat(withLedger.processes(FIRST))
        .isEqualTo(GpuProcesses.of(Map.of(simulator, Bytes.ofMiB(1025), engine, Bytes.ofMiB(300))));
    assertThat(withLedger.processes(SECOND).memory())
        .isEqualTo(Map.of(simulator, Bytes.ZERO, stranger.pid(), Bytes.ofMiB(2)));
    assertThat(withLedger.inventory().notes().toString()).contains("not measured");

    stranger.destroyForcibly().waitFor(30, TimeUnit.SECONDS);

    assertThat(withLedger.processes(SECOND).memory()).isEqualTo(Map.of(simulator, Bytes.ZERO));
  }

  @Test
  void aLedgerThatCannotBeReadIsAGapAndNotZero() {
    VirtualGpus withLedger =
        new VirtualGpus(
            "here", List.of(Bytes.ofGiB(4)), pid -> Optional.empty(), Optional.of(folder));

    assertThat(withLedger.processes(FIRST).complete()).isFalse();
    assertThat(withLedger.read(FIRST).used()).isEmpty();
  }
}
