package ai.greenthread.e2e.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs scripts in an environment that holds nothing but what a test puts there. */
final class Shell {
  static final Path ROOT = Path.of(System.getProperty("greenthread.root", "..")).toAbsolutePath();

  private static final long DEADLINE_SECONDS = 60;

  private Shell() {}

  record Outcome(int code, String out, String err) {}

  static Outcome run(Path directory, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("script", ".out");
    Path err = Files.createTempFile("script", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(List.of(command))
              .directory(directory.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().clear();
      builder.environment().put("PATH", "/usr/bin:/bin");
      builder.environment().putAll(environment);
      Process process = builder.start();
      boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      assertThat(ended).as("%s ended within %s s", command[0], DEADLINE_SECONDS).isTrue();
      return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** A directory that looks like a JDK: its {@code java} prints its arguments, one a line. */
  static Path fakeJdk(Path home, String version, boolean withCompiler) throws IOException {
    executable(home.resolve("bin/java"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    if (withCompiler) {
      executable(home.resolve("bin/javac"), "#!/bin/sh\n");
    }
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"nobody\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"Linux\"\n");
    return home;
  }

  private static void executable(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text, StandardCharsets.UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
