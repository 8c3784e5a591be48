package ai.greenthread.engine.agent;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The stand-in for NVIDIA's library, compiled into a folder of the test's own.
 *
 * @param library the shared library
 * @param control what it answers from, read at each call
 */
record FakeDriver(Path library, Path control) {
  private static final Path SOURCE =
      Path.of("..", "..", "adapters-gpu", "src", "test", "resources", "fake_nvml.c");

  static final String A100 = "gpu Fake A100|81920|0|37|54|301500|0|0";
  static final String L4 = "gpu Fake L4|24576|0|0|31|17000|0|0";

  static FakeDriver compile(Path folder) throws IOException, InterruptedException {
    var fake = new FakeDriver(folder.resolve("libnvidia-ml.so.1"), folder.resolve("control"));
    fake.says("driver 580.95");
    try {
      Process compiler =
          new ProcessBuilder(
                  "gcc",
                  "-shared",
                  "-fPIC",
                  "-o",
                  fake.library.toString(),
                  "-DCONTROL=\"" + fake.control + "\"",
                  SOURCE.toString())
              .inheritIO()
              .start();
      if (compiler.waitFor() != 0) {
        throw new IOException("the stand-in for NVML does not compile");
      }
    } catch (IOException e) {
      assumeTrue(Files.exists(fake.library), "the stand-in for NVML needs a C compiler: " + e);
    }
    return fake;
  }

  /** From the next call on the library answers from these lines. */
  void says(String... lines) throws IOException {
    Path next = control.resolveSibling("control.next");
    Files.write(next, List.of(lines));
    Files.move(next, control, StandardCopyOption.ATOMIC_MOVE);
  }
}
