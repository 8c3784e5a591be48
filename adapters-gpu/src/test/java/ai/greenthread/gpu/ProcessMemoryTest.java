package ai.greenthread.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.ProcessMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessMemoryTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Bytes HELD = Bytes.ofMiB(192);

  @TempDir private Path folder;

  @Test
  void memoryThatAGrandchildTakesAndGivesBackIsSeenOnTheVirtualGpu() throws Exception {
    GpuId gpu = new GpuId("here", 0);
    VirtualGpus gpus =
        new VirtualGpus("here", List.of(Bytes.ofGiB(64)), Probes.processMemory(LIMIT));
    // The shell stays as the parent: the memory is its child's.
    Process shell =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "\"$@\"; exit $?",
                "sh",
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx32m",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8));
        var orders = shell.getOutputStream()) {
      gpus.attach(gpu, shell.pid());
      assertThat(lines.readLine()).isEqualTo("started");
      Bytes before = gpus.read(gpu).used().orElseThrow();
      orders.write("take\n".getBytes(StandardCharsets.UTF_8));
      orders.flush();
      assertThat(lines.readLine()).isEqualTo("taken");
      Bytes taken = gpus.read(gpu).used().orElseThrow();
      orders.write("give\n".getBytes(StandardCharsets.UTF_8));
      orders.flush();
      assertThat(lines.readLine()).isEqualTo("given");
      Bytes given = gpus.read(gpu).used().orElseThrow();

      assertThat(taken).isGreaterThanOrEqualTo(before.plus(HELD));
      assertThat(given).isLessThan(taken.minusOrZero(HELD.times(0.9)));
    } finally {
      shell.descendants().forEach(ProcessHandle::destroyForcibly);
      shell.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
    }
    assertThat(gpus.read(gpu).used()).contains(Bytes.ZERO);
  }

  /** Takes memory and gives it back as it is told, line by line. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws IOException {
      BufferedReader orders =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      System.out.println("started");
      orders.readLine();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment held = arena.allocate(HELD.count());
        held.fill((byte) 1);
        System.out.println("taken");
        orders.readLine();
      }
      System.out.println("given");
      orders.readLine();
    }
  }

  @Test
  void thisProcessIsMeasuredAndOneThatEndedHoldsZero() throws Exception {
    ProcessMemory memory = Probes.processMemory(LIMIT);
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor(30, TimeUnit.SECONDS);

    assertThat(memory.ofTree(ProcessHandle.current().pid()).orElseThrow())
        .isGreaterThan(Bytes.ofMiB(20));
    assertThat(memory.ofTree(ended.pid())).contains(Bytes.ZERO);
  }

  @Test
  void theTreeIsFollowedThroughTheChildrenOfEveryThread() throws IOException {
    process(1, "Name:\tengine\nVmHWM:\t  9999999 kB\nVmRSS:\t      100 kB\n");
    thread(1, 1, "2 ");
    thread(1, 7, "3 ");
    process(2, "VmRSS:\t     1000 kB\n");
    thread(2, 2, "4 ");
    process(3, "VmRSS:\t    10000 kB\n");
    thread(3, 3, "");
    process(4, "VmRSS:\t   100000 kB\n");
    thread(4, 4, "1 ");

    assertThat(new LinuxProcessMemory(folder).ofTree(1)).contains(Bytes.of(111_100L * 1024));
  }

  @Test
  void aNameOfAnyBytesDoesNotHideTheFigure() throws IOException {
    process(1, "");
    thread(1, 1, "");
    Files.write(
        folder.resolve("1").resolve("status"),
        "Name:\t\u00ff\nVmRSS: 5 kB\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(new LinuxProcessMemory(folder).ofTree(1)).contains(Bytes.of(5 * 1024));
  }

  @Test
  void aLivingProcessThatCannotBeReadIsNotTakenForZero() throws IOException {
    process(1, "VmRSS:\t 100 kB\n");
    thread(1, 1, "2 ");
    thread(2, 2, "");

    assertThat(new LinuxProcessMemory(folder).ofTree(1)).isEmpty();
  }

  @Test
  void aProcessThatEndedButIsNotCollectedHoldsZero() throws IOException {
    process(1, "VmRSS:\t 100 kB\n");
    thread(1, 1, "2 3 ");
    process(2, "State:\tZ (zombie)\n");
    thread(2, 2, "");

    assertThat(new LinuxProcessMemory(folder).ofTree(1)).contains(Bytes.of(100 * 1024));
    assertThat(new LinuxProcessMemory(folder).ofTree(9)).contains(Bytes.ZERO);
  }

  @Test
  void psTellsTheSameTreeInItsOwnUnit() throws Exception {
    Process shell = new ProcessBuilder("/bin/sh", "-c", "sleep 1000 & echo up; wait").start();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("up");
      Path asked = folder.resolve("asked");
      String ps =
          FakeTool.script(folder, "ps", "echo \"$@\" >" + asked, "printf ' 1024\\n  512\\n'");

      assertThat(new PsProcessMemory(ps, LIMIT).ofTree(shell.pid()))
          .contains(Bytes.of(1536 * 1024));
      assertThat(Files.readString(asked))
          .startsWith("-o rss= -p " + shell.pid() + ",")
          .doesNotContain("\n\n");
    } finally {
      shell.descendants().forEach(ProcessHandle::destroyForcibly);
      shell.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void psThatFailsOrTalksNonsenseMeansNotMeasured() throws IOException {
    long self = ProcessHandle.current().pid();

    assertThat(tree(FakeTool.script(folder, "ps", "echo nonsense"), self)).isEmpty();
    assertThat(tree(FakeTool.script(folder, "ps", "exit 1"), self)).isEmpty();
    assertThat(tree(folder.resolve("absent").toString(), self)).isEmpty();
  }

  @Test
  void theRealPsAgreesWithTheKernelsFigure() {
    boolean there =
        Command.run(List.of("ps", "-o", "rss=", "-p", "1"), LIMIT) instanceof Command.Outcome.Ended;
    if (!there) {
      System.out.println("skipped: there is no ps on this machine");
    }
    assumeTrue(there, "there is no ps on this machine");
    long self = ProcessHandle.current().pid();

    Bytes ps = new PsProcessMemory("ps", LIMIT).ofTree(self).orElseThrow();
    Bytes kernel = Probes.processMemory(LIMIT).ofTree(self).orElseThrow();

    assertThat((double) ps.count()).isBetween(kernel.count() * 0.7, kernel.count() * 1.3);
  }

  private static Optional<Bytes> tree(String ps, long pid) {
    return new PsProcessMemory(ps, LIMIT).ofTree(pid);
  }

  private void process(long pid, String status) throws IOException {
    Path directory = Files.createDirectories(folder.resolve(Long.toString(pid)));
    Files.writeString(directory.resolve("status"), status);
  }

  private void thread(long pid, long tid, String children) throws IOException {
    Path directory =
        Files.createDirectories(
            folder.resolve(Long.toString(pid)).resolve("task").resolve(Long.toString(tid)));
    Files.writeString(directory.resolve("children"), children);
  }
}
