package ai.greenthread.k8s.controlplane;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One server of the control plane as a child process, with its output in a file. A pid file beside
 * it lets the next run end what a killed run left behind.
 */
final class ServerProcess implements AutoCloseable {
  private static final long SECONDS_TO_STOP = 10;

  private final String name;
  private final Process process;
  private final Path log;
  private final Path pidFile;

  /**
   * @param environment added to this process's own
   */
  ServerProcess(Path folder, String name, List<String> command, Map<String, String> environment)
      throws IOException {
    this.name = name;
    this.log = folder.resolve(name + ".log");
    this.pidFile = folder.resolve(name + ".pid");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    this.process = builder.start();
    String began = process.info().startInstant().map(Object::toString).orElse("");
    Files.writeString(pidFile, process.pid() + "\n" + began);
  }

  boolean alive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** The last of what it printed, for the message of a failure. */
  String lastWords() {
    try (Stream<String> lines = Files.lines(log)) {
      List<String> all = lines.toList();
      List<String> last = all.subList(Math.max(0, all.size() - 15), all.size());
      return name + " said last:\n  " + String.join("\n  ", last);
    } catch (IOException | UncheckedIOException e) {
      return name + " left no log";
    }
  }

  /** As a crash would: no chance to say goodbye. */
  void kill() {
    process.destroyForcibly();
    await();
  }

  @Override
  public void close() {
    process.destroy();
    if (!await()) {
      kill();
    }
    try {
      Files.deleteIfExists(pidFile);
    } catch (IOException e) {
      // The process is gone; a stale pid file is checked before it is believed.
    }
  }

  private boolean await() {
    try {
      return process.waitFor(SECONDS_TO_STOP, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }

  /** Ends the process that a pid file names, if it is the one that wrote it. */
  static void endLeftover(Path pidFile) {
    try {
      List<String> lines = Files.readAllLines(pidFile);
      String began = lines.size() > 1 ? lines.get(1) : "";
      ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
          .filter(handle ->
              handle.info().startInstant().map(Object::toString).orElse("-").equals(began))
          .ifPresent(ProcessHandle::destroyForcibly);
      Files.deleteIfExists(pidFile);
    } catch (IOException | NumberFormatException e) {
      // Unreadable: it says nothing about a process.
    }
  }
}
