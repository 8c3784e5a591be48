package ai.greenthread.engine.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process of the engine that runs beside the cluster, to be killed and started again. */
final class EngineProcess implements AutoCloseable {
  private final ProcessBuilder builder;
  private final Path log;
  private Process process;

  EngineProcess(Path program, Path log, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(program.resolve("greenthread-engine").toString());
    command.addAll(List.of(arguments));
    this.log = log;
    this.builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    this.process = builder.start();
  }

  /** As a crash would. */
  void kill() {
    process.destroyForcibly();
  }

  /** The script becomes the JVM, so this is the JVM's number. */
  long pid() {
    return process.pid();
  }

  void restart() throws IOException, InterruptedException {
    process.waitFor(10, TimeUnit.SECONDS);
    process = builder.start();
  }

  String log() throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** The end of its log. */
  String lastWords() throws IOException {
    List<String> lines = log().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size())) + "\n";
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
