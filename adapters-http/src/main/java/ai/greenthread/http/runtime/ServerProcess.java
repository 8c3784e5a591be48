package ai.greenthread.http.runtime;

import ai.greenthread.http.runtime.ManagedServer.Launch;
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
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
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

  /** For a process that was killed to be gone. */
  private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);

  private static final Duration POLITE_PATIENCE = Duration.ofSeconds(3);

  private final ServerHome home;
  private final ProcessMark mark;
  private volatile @Nullable Life life;

  /** From one start to the end that follows. */
  private static final class Life {
    final Process process;

    /** Where the log stood at the start: what is before it was said by somebody else. */
    final long logBegin;

    volatile boolean ending;

    Life(Process process, long logBegin) {
      this.process = process;
      this.logBegin = logBegin;
    }
  }

  ServerProcess(ServerHome home) {
    this.home = home;
    this.mark = new ProcessMark(home.pidFile().toAbsolutePath().toString());
  }

  /** The running process, if there is one. */
  Optional<Process> running() {
    return Optional.ofNullable(life).map(now -> now.process).filter(Process::isAlive);
  }

  /** Starts the server; an older one of this replica is ended first. */
  void start(Launch launch) throws RuntimeFailure, InterruptedException {
    end(Duration.ofSeconds(5));
    try {
      Files.createDirectories(parent(home.log()));
      Files.createDirectories(parent(home.pidFile()));
      if (Files.exists(home.log()) && Files.size(home.log()) > MAX_LOG_BYTES) {
        Files.move(home.log(), sibling(home.log(), ".1"), StandardCopyOption.REPLACE_EXISTING);
      }
      long logBegin = Files.exists(home.log()) ? Files.size(home.log()) : 0;
      var builder = new ProcessBuilder(launch.command());
      builder.environment().putAll(launch.environment());
      builder.environment().put(ProcessMark.VARIABLE, mark.value());
      builder.redirectErrorStream(true).redirectOutput(Redirect.appendTo(home.log().toFile()));
      Process started = builder.start();
      life = new Life(started, logBegin);
      writePidFile(started.toHandle());
    } catch (IOException e) {
      throw new RuntimeFailure(
          "cannot start "
              + launch.command().getFirst()
              + " ("
              + launch.namedIn()
              + "): "
              + e.getMessage(),
          e);
    }
  }

  /**
   * From now on its end is told, unless {@link #end} was its reason; at once if it has ended.
   *
   * @param onDeath called with a reason
   */
  void tellDeath(Consumer<String> onDeath) {
    Life now = life;
    if (now == null) {
      return;
    }
    var _ =
        now.process
            .onExit()
            .thenAccept(ended -> {
              if (!now.ending) {
                onDeath.accept("the server " + obituary());
              }
            });
  }

  /** How a server that has ended did so, and its last words. */
  String obituary() {
    Life now = life;
    if (now == null || now.process.isAlive()) {
      return "has not ended";
    }
    return ExitCode.words(now.process.exitValue()) + tail();
  }

  /** Ends the server and what an earlier engine left of it: politely, then by force. */
  void end(Duration limit) throws RuntimeFailure, InterruptedException {
    Life now = life;
    if (now != null) {
      now.ending = true;
    }
    Optional<ProcessHandle> root =
        running().map(Process::toHandle).or(this::leftover).filter(ProcessMark::runs);
    var tree = new LinkedHashSet<ProcessHandle>();
    root.ifPresent(handle -> {
      tree.add(handle);
      try (Stream<ProcessHandle> descendants = handle.descendants()) {
        tree.addAll(descendants.toList());
      }
    });
    if (root.isPresent()) {
      running().ifPresent(ServerProcess::closeInput);
      root.get().destroy();
      Duration half = limit.dividedBy(2);
      awaitEnd(List.of(root.get()), half.compareTo(POLITE_PATIENCE) < 0 ? half : POLITE_PATIENCE);
    }
    // After its root nothing new grows on the tree that does not carry the mark.
    tree.addAll(mark.bearers());
    tree.stream().filter(ProcessMark::runs).forEach(ProcessHandle::destroyForcibly);
    Duration patience = limit.compareTo(KILL_PATIENCE) > 0 ? limit : KILL_PATIENCE;
    if (!awaitEnd(tree, patience)
        || (now != null && !now.process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS))) {
      throw new RuntimeFailure("process " + first(tree) + " does not end, even by force");
    }
    life = null;
    try {
      Files.deleteIfExists(home.pidFile());
    } catch (IOException e) {
      throw new RuntimeFailure("cannot delete " + home.pidFile() + ": " + e.getMessage(), e);
    }
  }

  private static String first(Collection<ProcessHandle> tree) {
    return tree.stream()
        .filter(ProcessMark::runs)
        .map(process -> Long.toString(process.pid()))
        .findFirst()
        .orElse("of the server");
  }

  private static void closeInput(Process process) {
    try {
      process.getOutputStream().close();
    } catch (IOException _) {
      // The pipe was broken before: the server is on its way out already.
    }
  }

  private static boolean awaitEnd(Collection<ProcessHandle> handles, Duration patience)
      throws InterruptedException {
    Deadline deadline = Deadline.in(patience);
    while (handles.stream().anyMatch(ProcessMark::runs)) {
      if (deadline.passed()) {
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
      return lines.isEmpty() ? "; it said nothing" : "; it said: " + String.join(" | ", lines);
    } catch (UncheckedIOException | IOException e) {
      return "";
    }
  }

  private List<String> lastLines() throws IOException {
    File log = home.log().toFile();
    Life now = life;
    long from = Math.max(now == null ? 0 : now.logBegin, log.length() - 4096);
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
