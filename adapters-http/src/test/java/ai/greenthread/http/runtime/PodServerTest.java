package ai.greenthread.http.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.domain.model.ServerCommand;
import ai.greenthread.http.testkit.Await;
import ai.greenthread.runtimes.builtin.BuiltinServer;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server behind the launcher of a pod; the launcher is the one that pods are given. */
class PodServerTest extends ManagedContract {
  private static final Path LAUNCHER =
      Path.of(System.getProperty("greenthread.root"))
          .resolve("adapters-k8s/src/main/resources/render/launch.sh");

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> launchers = new ArrayList<>();

  @Override
  InferenceRuntime healthy() throws Exception {
    int port = freePort();
    return launched(port, builtin(Yard.modelFile(), port)).runtime();
  }

  @Override
  InferenceRuntime neverReady() throws Exception {
    return launched(freePort(), List.of("sh", "-c", "exec sleep 120")).runtime();
  }

  @Override
  List<Broken> broken() {
    return List.of(
        new Broken(
            "a model file that is not there",
            () -> {
              int port = freePort();
              return launched(port, builtin(Path.of("absent.gguf"), port)).runtime();
            },
            "while starting, the server ended with exit code 2",
            "see the log of the pod's container inference"),
        new Broken(
            "a program that is not there",
            () -> launched(freePort(), List.of("/absent/server")).runtime(),
            "while starting, the server ended with exit code 127 (a command was not found)"));
  }

  @Override
  ProcessHandle server() throws Exception {
    return ProcessHandle.of(Long.parseLong(Files.readString(run().resolve("pid")).strip()))
        .orElseThrow();
  }

  @Override
  List<ProcessHandle> alive() {
    return Yard.alive().stream().filter(process -> isServer(process.info())).toList();
  }

  /**
   * Neither a launcher, nor the {@code mv} by which it says something, which is still there when
   * its word can be read already, nor one that has ended and waits for its parent to notice.
   */
  private static boolean isServer(ProcessHandle.Info info) {
    return info.command().filter(command -> !command.endsWith("/mv")).isPresent()
        && info.arguments()
            .filter(arguments -> Arrays.asList(arguments).contains(LAUNCHER.toString()))
            .isEmpty();
  }

  /** Of the pod that was made last. */
  private Path run() {
    return run(launchers.size());
  }

  private Path run(int pod) {
    return folder.resolve("run-" + pod);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Model model(Path file) {
    return Model.of(
        "tiny",
        ModelSpec.builder(Yard.MODEL).runtime(RuntimeSpec.Builtin.of(file.toString())).build());
  }

  private static List<String> builtin(Path file, int port) {
    return ServerCommand.builtin(
        BuiltinServer.command(Path.of(System.getProperty("java.home")), List.of()),
        model(file),
        file.toString(),
        new ServerCommand.Place("127.0.0.1", Integer.toString(port), "0"));
  }

  private PodRuntime launched(int port, List<String> server) throws IOException {
    launchers.add(launcher(Files.createDirectories(run(launchers.size() + 1)), server));
    return sidecarOf(port);
  }

  private Process launcher(Path run, List<String> server) throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", LAUNCHER.toString()));
    command.addAll(server);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(new File(folder.toFile(), "inference.log"));
    builder.environment().put("GREENTHREAD_RUN", run.toString());
    return builder.start();
  }

  /** What a sidecar has of it; there may be a second one when the first is gone. */
  private PodRuntime sidecarOf(int port) {
    return new PodRuntime(
        model(Yard.modelFile()),
        Yard.DEVICES,
        new PodHost(http, URI.create("http://127.0.0.1:" + port), run(), this::measured));
  }

  private Map<GpuId, Bytes> measured(List<GpuId> devices) {
    Bytes held =
        alive().stream()
            .map(process -> new Bytes(ResidentMemory.of(process.pid())))
            .reduce(Bytes.ZERO, Bytes::plus);
    return Map.of(devices.getFirst(), held);
  }

  private void order(String order) throws IOException {
    try (RandomAccessFile fifo = new RandomAccessFile(run().resolve("orders").toFile(), "rw")) {
      fifo.write((order + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private String said() {
    try {
      return Files.readString(run().resolve("state"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void endLaunchers() throws Exception {
    while (!launchers.isEmpty()) {
      order("exit");
      assertThat(launchers.removeLast().waitFor(10, TimeUnit.SECONDS)).as("it exits").isTrue();
    }
    http.shutdownNow();
  }

  @Test
  void anotherSidecarFindsTheServerAndEndsIt() throws Exception {
    int port = freePort();
    PodRuntime first = launched(port, builtin(Yard.modelFile(), port));
    first.runtime().wake(Yard.DEVICES, Yard.AMPLE);
    ProcessHandle server = server();

    InferenceRuntime second = sidecarOf(port).runtime();
    second.onDeath(deaths::add);
    serves(second);
    second.wake(Yard.DEVICES, Yard.AMPLE);
    assertThat(server()).isEqualTo(server);

    second.stop(Yard.AMPLE);
    assertThat(server.isAlive()).isFalse();
    assertThat(deaths).isEmpty();
  }

  @Test
  void anOrderThatComesLateDoesNotEndTheNextStart() throws Exception {
    InferenceRuntime runtime = awake();
    runtime.stop(Yard.AMPLE);
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    ProcessHandle second = server();

    order("stop 1");
    order("kill 1");
    order("start 1");
    order("start 2");
    // An order that certainly comes after those is followed.
    order("start 3");
    serves(runtime);
    assertThat(second.isAlive()).isTrue();
    assertThat(server()).isEqualTo(second);

    runtime.stop(Yard.AMPLE);
    assertThat(second.isAlive()).isFalse();
  }

  @Test
  void aKillRightAfterTheStartIsNotLost() throws Exception {
    launched(freePort(), List.of("sh", "-c", "exec sleep 120"));
    Await.until("the launcher listens", () -> Files.exists(run().resolve("state")));
    order("start 1\nkill 1");
    Await.until("it has ended", () -> said().startsWith("ended 1 "));
    assertThat(alive()).isEmpty();
  }

  @Test
  void withoutItsContainerAWakeSaysWhereToLook() throws Exception {
    Files.createDirectories(run());
    InferenceRuntime runtime = sidecarOf(freePort()).runtime();
    assertThatThrownBy(() -> runtime.wake(Yard.DEVICES, Duration.ofMillis(100)))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageContaining("the inference container is not there yet")
        .hasMessageContaining("kubectl describe pod");
  }

  @Test
  void whatWasKilledWithItsContainerHasEndedAndTheNextContainerServes() throws Exception {
    int port = freePort();
    List<String> server = builtin(Yard.modelFile(), port);
    InferenceRuntime runtime = launched(port, server).runtime();
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    Process launcher = launchers.getLast();
    List<ProcessHandle> children = launcher.descendants().toList();
    launcher.destroyForcibly().waitFor();
    children.forEach(ProcessHandle::destroyForcibly);
    Await.until("all are gone", () -> children.stream().noneMatch(ProcessHandle::isAlive));
    assertThat(said()).as("what nobody is left to correct").startsWith("running 1");

    Duration limit = Duration.ofSeconds(6);
    long begin = System.nanoTime();
    runtime.stop(limit);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(limit);
    assertThat(runtime.probe()).isPresent();

    launchers.set(launchers.size() - 1, launcher(run(), server));
    Await.until("the launcher is there again", () -> said().startsWith("idle"));
    runtime.wake(Yard.DEVICES, Yard.AMPLE);
    serves(runtime);
  }

  @Test
  void whatStillHoldsMemoryHasNotEndedHoweverSilentItsLauncher() throws Exception {
    Files.writeString(Files.createDirectories(run()).resolve("state"), "running 1\n");
    Map<GpuId, Bytes> held = Map.of(Yard.DEVICES.getFirst(), Bytes.ofMiB(1));
    InferenceRuntime runtime =
        new PodRuntime(
                model(Yard.modelFile()),
                Yard.DEVICES,
                new PodHost(
                    http, URI.create("http://127.0.0.1:" + freePort()), run(), devices -> held))
            .runtime();
    assertThatThrownBy(() -> runtime.stop(Duration.ofSeconds(1)))
        .isInstanceOf(RuntimeFailure.class);
    assertThat(said()).startsWith("running 1");
  }
}
