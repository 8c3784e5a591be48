package ai.greenthread.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The run's temporary folder and the processes it has started; closing ends them all and removes
 * the folder.
 */
final class Workshop implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Path folder;
  private final Cores cores;
  private final Deque<Runnable> endings = new ArrayDeque<>();

  Workshop(Cores cores) throws IOException {
    this.cores = cores;
    folder = Files.createTempDirectory("greenthread-bench-");
  }

  Cores cores() {
    return cores;
  }

  Path folder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  /** Starts a process of the run; its output goes to a log that {@link #log} reads. */
  Process start(String name, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder(name).toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile())
            .start();
    endings.push(() -> end(process));
    return process;
  }

  /** Something else that must be undone at the end, last added first. */
  void atEnd(Runnable ending) {
    endings.push(ending);
  }

  /** The end of what a process has said, for a reason that a person can act on. */
  String log(String name) {
    String all = Proc.read(folder.resolve(name + ".log")).strip();
    return all.length() <= 600 ? all : "…" + all.substring(all.length() - 600);
  }

  /** A loopback port that was free a moment ago. */
  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Runs a command to its end and gives what it printed, standard error too. */
  static String output(List<String> command, Duration limit) throws Unavailable {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (InputStream out = process.getInputStream()) {
        process.getOutputStream().close();
        String text = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          end(process);
          throw new Unavailable(
              command.getFirst() + " did not end within " + limit.toSeconds() + " s");
        }
        if (process.exitValue() != 0) {
          throw new Unavailable(
              command.getFirst() + " ended with " + process.exitValue() + ": " + text);
        }
        return text;
      }
    } catch (IOException missing) {
      throw new Unavailable(command.getFirst() + " cannot be run: " + missing.getMessage());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted");
    }
  }

  /**
   * Waits for the first 200 at a URL.
   *
   * @return the time it took from {@code startNanos}
   * @throws Unavailable when the process ends or the limit passes first
   */
  Duration awaitReady(String name, URI url, Process process, long startNanos, Duration limit)
      throws Unavailable {
    while (true) {
      if (answers(url)) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
      }
      if (!process.isAlive()) {
        throw new Unavailable(name + " ended while starting: " + log(name));
      }
      if (System.nanoTime() - startNanos > limit.toNanos()) {
        throw new Unavailable(
            "%s did not answer %s within %d s: %s"
                .formatted(name, url, limit.toSeconds(), log(name)));
      }
      pause(Duration.ofMillis(5));
    }
  }

  static boolean answers(URI url) {
    try {
      var connection = (HttpURLConnection) url.toURL().openConnection();
      connection.setConnectTimeout(1000);
      connection.setReadTimeout(2000);
      try {
        return connection.getResponseCode() == 200;
      } finally {
        connection.disconnect();
      }
    } catch (IOException notYet) {
      return false;
    }
  }

  static void pause(Duration time) throws Unavailable {
    try {
      Thread.sleep(time);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted");
    }
  }

  /** Ends a process with all it has started: asked first, by force when it does not go. */
  private static void end(Process process) {
    List<ProcessHandle> tree = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException stop) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    tree.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() {
    while (!endings.isEmpty()) {
      endings.pop().run();
    }
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException leftBehind) {
      System.err.println("could not remove " + folder + ": " + leftBehind.getMessage());
    }
  }
}
