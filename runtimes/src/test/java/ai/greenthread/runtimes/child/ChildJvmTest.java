package ai.greenthread.runtimes.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildJvmTest {
  /** Crashes as a native library does. */
  static final class Crash {
    private Crash() {}

    public static void main(String[] arguments) throws Exception {
      String pid = Long.toString(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-SEGV", pid).inheritIO().start().waitFor();
      Thread.sleep(10_000);
    }
  }

  @Test
  void aCrashWritesNothingIntoTheFolderInWhichItWasStarted(@TempDir Path folder) throws Exception {
    List<String> command =
        ChildJvm.command(
            Path.of(System.getProperty("java.home")), Crash.class, List.of(), List.of());
    Process process = new ProcessBuilder(command).directory(folder.toFile()).start();
    long pid = process.pid();
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    Path report =
        Path.of(System.getProperty("java.io.tmpdir")).resolve("greenthread-crash-" + pid + ".log");
    assertThat(report).content().contains("SIGSEGV");
    Files.delete(report);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
