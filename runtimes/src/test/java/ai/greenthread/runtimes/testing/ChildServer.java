package ai.greenthread.runtimes.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A server of ours in a process of its own. */
public final class ChildServer implements AutoCloseable {
  private final Process process;
  private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<String> ready = new CompletableFuture<>();

  private ChildServer(Process process) {
    this.process = process;
  }

  /** Starts the command without waiting for it to be ready. */
  public static ChildServer start(List<String> command) throws IOException {
    ChildServer server =
        new ChildServer(new ProcessBuilder(command).redirectErrorStream(true).start());
    Thread.ofVirtual().start(server::readLines);
    return server;
  }

  public static Path javaHome() {
    return Path.of(System.getProperty("java.home"));
  }

  /** The demo model of a file name. */
  public static Path model(String name) {
    return Path.of(System.getProperty("greenthread.root")).resolve("models").resolve(name);
  }

  private void readLines() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
        if (line.startsWith("ready ")) {
          ready.complete(line.substring("ready ".length()));
        }
      }
    } catch (IOException _) {
      // The process ended.
    }
    ready.completeExceptionally(new IOException("ended before it was ready: " + lines));
  }

  /** Waits until the server says that it answers; gives its base address. */
  public String url() throws IOException, InterruptedException {
    try {
      return ready.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("not ready: " + lines, e);
    }
  }

  public List<String> output() {
    return List.copyOf(lines);
  }

  public Process process() {
    return process;
  }

  /** Resident memory in bytes, as Linux counts it. */
  public long residentBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .findFirst()
        .orElse(0);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
