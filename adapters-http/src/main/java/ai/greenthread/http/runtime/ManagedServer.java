package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A server that the engine starts itself, on a loopback port of its choice, and that counts as
 * started once its health path answers 200.
 */
final class ManagedServer implements Server {
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(2);
  private static final long LOOK_AGAIN_MS = 25;

  /** For a command line that nobody runs. */
  private static final int ANY_PORT = 1;

  private final ServerProcess process;
  private final AdminClient client;
  private final CommandLine commandLine;
  private final String healthPath;
  private final FootprintMeter meter;
  private volatile List<GpuId> devices = List.of();
  private volatile Consumer<String> onDeath = reason -> {};

  /** Makes the command for one start. */
  @FunctionalInterface
  interface CommandLine {
    Launch launch(int port, List<GpuId> devices) throws RuntimeFailure;
  }

  /**
   * @param command argument vector
   * @param environment added to the engine's own
   * @param namedIn where the command is said, for whoever has to mend it
   */
  record Launch(List<String> command, Map<String, String> environment, String namedIn) {}

  ManagedServer(
      ServerHome home,
      AdminClient client,
      CommandLine commandLine,
      String healthPath,
      FootprintMeter meter) {
    this.process = new ServerProcess(home);
    this.client = client;
    this.commandLine = commandLine;
    this.healthPath = healthPath;
    this.meter = meter;
  }

  @Override
  public void onDeath(Consumer<String> listener) {
    onDeath = listener;
  }

  @Override
  public boolean isRunning() {
    return process.running().isPresent();
  }

  @Override
  public void start(List<GpuId> on, Duration limit) throws RuntimeFailure, InterruptedException {
    Deadline deadline = Deadline.in(limit);
    int port = freePort();
    devices = List.copyOf(on);
    Launch launch = commandLine.launch(port, on);
    client.moveTo(URI.create("http://127.0.0.1:" + port));
    boolean healthy = false;
    try {
      process.start(launch);
      awaitHealth(deadline, limit);
      healthy = true;
    } finally {
      if (!healthy) {
        // Nobody waits for it any more, and it may hold memory.
        process.end(Duration.ZERO);
      }
    }
    process.tellDeath(reason -> onDeath.accept(reason));
  }

  @Override
  public Optional<String> obstacle() {
    try {
      commandLine.launch(ANY_PORT, devices);
      return Optional.empty();
    } catch (RuntimeFailure e) {
      return Optional.ofNullable(e.getMessage());
    }
  }

  private void awaitHealth(Deadline deadline, Duration limit)
      throws RuntimeFailure, InterruptedException {
    while (!isHealthy(deadline)) {
      if (!isRunning()) {
        throw new RuntimeFailure("while starting, the server " + process.obituary());
      }
      if (deadline.passed()) {
        throw new RuntimeFailure(
            "the server was not healthy after " + limit.toSeconds() + " s" + process.tail());
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
    }
  }

  private boolean isHealthy(Deadline deadline) throws InterruptedException {
    return client
        .tryGet(healthPath, deadline.left(PROBE_LIMIT))
        .filter(AdminClient.Answer::ok)
        .isPresent();
  }

  @Override
  public void end(Duration limit) throws RuntimeFailure, InterruptedException {
    process.end(limit);
  }

  @Override
  public Health health() throws InterruptedException {
    return isRunning()
        ? client.health(healthPath, PROBE_LIMIT)
        : new Health.Dead("the server does not run");
  }

  @Override
  public Map<GpuId, Bytes> footprint() throws RuntimeFailure {
    Optional<Process> running = process.running();
    return running.isPresent() ? meter.measure(running.get().pid(), devices) : Map.of();
  }

  private static int freePort() throws RuntimeFailure {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new RuntimeFailure("no free loopback port: " + e.getMessage(), e);
    }
  }
}
