package ai.greenthread.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The stand-in library of {@code fake_nvml.c}, compiled into a folder of the test's own.
 *
 * @param library what the probe opens
 * @param control what the library answers from, read at each call
 */
record FakeNvml(Path library, Path control) {
  /** Two healthy devices, as lines of the control file. */
  static final String[] TWO = {
    "driver 580.95",
    "gpu Fake A100|81920|1024|37|54|301500|0|0",
    "gpu Fake L4|24576|0|0|31|17000|0|0"
  };

  /** Compiles the library; without a compiler the test is skipped and says so. */
  static FakeNvml compile(Path folder, String... flags) throws IOException {
    Path source = folder.resolve("fake_nvml.c");
    try (InputStream text =
        Objects.requireNonNull(FakeNvml.class.getResourceAsStream("/fake_nvml.c"))) {
      Files.copy(text, source, StandardCopyOption.REPLACE_EXISTING);
    }
    FakeNvml fake = new FakeNvml(folder.resolve("libnvidia-ml.so.1"), folder.resolve("control"));
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.add("-DCONTROL=\"" + fake.control + "\"");
    compile(source, fake.library, arguments);
    return fake;
  }

  /** Compiles any C file to a shared library. */
  static void compile(Path source, Path library, List<String> flags) {
    List<String> command = new ArrayList<>(List.of("gcc", "-shared", "-fPIC", "-o"));
    command.add(library.toString());
    command.addAll(flags);
    command.add(source.toString());
    Command.Outcome outcome = Command.run(command, Duration.ofSeconds(60));
    if (outcome instanceof Command.Outcome.NotRun(String reason)) {
      System.out.println("skipped: the stand-in for NVML needs a C compiler: " + reason);
      assumeTrue(false, reason);
    }
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Command.Outcome.Ended.class,
            ended -> assertThat(ended.err() + ended.exit()).isEqualTo("0"));
  }

  /** From the next call on the library answers from these lines. */
  void says(String... lines) throws IOException {
    Path next = control.resolveSibling("control.next");
    Files.write(next, List.of(lines));
    Files.move(next, control, StandardCopyOption.ATOMIC_MOVE);
  }

  /** As {@link #says}, with {@code more} after the two healthy devices. */
  void saysTwoGpusAnd(String... more) throws IOException {
    List<String> lines = new ArrayList<>(List.of(TWO));
    lines.addAll(List.of(more));
    says(lines.toArray(String[]::new));
  }
}
