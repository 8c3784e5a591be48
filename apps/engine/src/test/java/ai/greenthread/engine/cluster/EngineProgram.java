package ai.greenthread.engine.cluster;

import ai.greenthread.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The image's entry point, {@code greenthread-engine}, as a script in a folder for the PATH. */
public final class EngineProgram {
  private EngineProgram() {}

  /**
   * Small heaps, as a container would have, and a start as quick as a JVM can; {@code
   * ENGINE_COMPILER} empty for the JVM's own choice of compilers, as the image has it.
   */
  private static final List<String> FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "${ENGINE_COMPILER--XX:TieredStopAtLevel=1}",
          "-Xss512k",
          "-Xmx${ENGINE_HEAP:-192m}",
          "-XX:+UseCompactObjectHeaders",
          "-XX:-CreateCoredumpOnCrash",
          "--enable-native-access=ALL-UNNAMED");

  /** Writes the script; answers the folder. */
  public static Path install(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path script = folder.resolve("greenthread-engine");
    Files.writeString(
        script,
        """
        #!/bin/sh
        exec '%s/bin/java' %s -cp '%s' %s "$@"
        """
            .formatted(
                System.getProperty("java.home"),
                String.join(" ", FLAGS),
                System.getProperty("java.class.path"),
                Engine.class.getName()));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder;
  }
}
