package ai.greenthread.http.runtime;

import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The operating system process of one inference server: started, watched, ended with all its
 * descendants. A pid file outlives the engine, so that the next one can end what this one left
 * behind. Safe for use by several threads; start and end are called one at a time.
 */
final class ServerProcess {
  private static final long MAX_LOG_BYTES = 16L << 20;
  private static final int TAIL_LINES = 3;

  private final ServerHome home;
  private volatile @Nullable Process process;
  private volatile boolean ending;

  ServerProcess(ServerHome home) {
    this.home = home;
  }

  /** The running process, if there is one. */
  Optional<Process> running() {
    return Optional.ofNullable(process).filter(Process::isAlive);
  }

  /**
   * Starts the server; an older one of this replica is ended first.
   *
   * @param onDeath called with a reason when it ends by itself
   */
  void start(List<String> command, Map<String, String> environment, Consumer<String> onDeath)
      throws RuntimeFailure, InterruptedException {
    end(Duration.ofSeconds(5));
    try {
      Files.createDirectories(parent(home.log()));
      Files.createDirectories(parent(home.pidFile()));
      if (Files.exists(home.log()) && Files.size(home.log()) > MAX_LOG_BYTES) {
        Files.move(home.log(), sibling(home.log(), ".1"), StandardCopyOption.REPLACE_EXISTING);
      }
      var builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      builder.redirectErrorStream(true).redirectOutput(Redirect.appendTo(home.log().toFile()));
      Process started = builder.start();
      ending = false;
      process = started;
      writePidFile(started.toHandle());
      var _ =
          started
              .onExit()
              .thenAccept(ended -> {
                if (!ending && ended.equals(process)) {
                  onDeath.accept("the server ended with exit code " + ended.exitValue() + tail());
                }
              });
    } catch (IOException e) {
      throw new RuntimeFailure("cannot start " + command.getFirst() + ": " + e.getMessage(), e);
    }
  }

  /** Ends the server and what an earlier engine left of it: politely, then by force. */
  void end(Duration limit) throws RuntimeFailure, InterruptedException {
    ending = true;
    Process current = process;
    Optional<ProcessHandle> handle =
        current != null && current.isAlive() ? Optional.of(current.toHandle()) : leftover();
    if (handle.isPresent()) {
      endTree(handle.get(), current, limit);
    }
    process = null;
    try {
      Files.deleteIfExists(home.pidFile());
    } catch (IOException e) {
      throw new RuntimeFailure("cannot delete " + home.pidFile() + ": " + e.getMessage(), e);
    }
  }

  private static void endTree(ProcessHandle root, @Nullable Process process, Duration limit)
      throws RuntimeFailure, InterruptedException {
    List<ProcessHandle> tree;
    try (Stream<ProcessHandle> descendants = root.descendants()) {
      tree = new ArrayList<>(descendants.toList());
    }
    tree.addFirst(root);
    closeInput(process);
    root.destroy();
    long patience = Math.min(limit.toMillis() / 2, 3_000);
    if (!awaitEnd(List.of(root), patience)) {
      tree.forEach(ProcessHandle::destroyForcibly);
    }
    tree.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
    if (!awaitEnd(tree, Math.max(1_000, limit.toMillis() - patience))) {
      throw new RuntimeFailure("process " + root.pid() + " does not end, even by force");
    }
  }

  private static void closeInput(@Nullable Process process) {
    if (process == null) {
      return;
    }
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // The pipe was broken before: the server is on its way out already.
      return;
    }
  }

  private static boolean awaitEnd(List<ProcessHandle> handles, long millis)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (handles.stream().anyMatch(ProcessHandle::isAlive)) {
      if (System.nanoTime() >= end) {
        return false;
      }
      Thread.sleep(5);
    }
    return true;
  }

  /** What the pid file names, if that process still is the one it was written for. */
  private Optional<ProcessHandle> leftover() {
    try {
      String[] fields = Files.readString(home.pidFile()).strip().split(" ", -1);
      long pid = Long.parseLong(fields[0]);
      long startedAt = Long.parseLong(fields[1]);
      return ProcessHandle.of(pid)
          .filter(ProcessHandle::isAlive)
          .filter(handle -> startOf(handle) == startedAt);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      // A torn file names nobody for sure; ending a stranger would be worse than ending nobody.
      return Optional.empty();
    }
  }

  private void writePidFile(ProcessHandle handle) throws IOException {
    Path draft = sibling(home.pidFile(), ".new");
    Files.writeString(draft, handle.pid() + " " + startOf(handle) + "\n");
    Files.move(
        draft, home.pidFile(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static long startOf(ProcessHandle handle) {
    return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** Last words of the server, to be shown with a failure. */
  String tail() {
    try {
      List<String> lines = lastLines();
      return lines.isEmpty() ? "" : "; it said: " + String.join(" | ", lines);
    } catch (UncheckedIOException | IOException e) {
      return "";
    }
  }

  private List<String> lastLines() throws IOException {
    File log = home.log().toFile();
    long from = Math.max(0, log.length() - 4096);
    try (var in = Files.newInputStream(home.log())) {
      in.skipNBytes(from);
      String end = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      List<String> lines = end.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
      return lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
    }
  }

  private static Path sibling(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private static Path parent(Path file) {
    return Optional.ofNullable(file.getParent())
        .orElseThrow(() -> new IllegalArgumentException(file + " has no folder"));
  }
}
