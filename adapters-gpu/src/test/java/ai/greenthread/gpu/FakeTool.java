package ai.greenthread.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Shell scripts that stand in for {@code nvidia-smi} and {@code ps}. */
final class FakeTool {
  private FakeTool() {}

  /** Writes a script, or changes the one that is there, and gives its path. */
  static String script(Path folder, String name, String... lines) throws IOException {
    Path script = folder.resolve(name);
    Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script.toString();
  }
}
