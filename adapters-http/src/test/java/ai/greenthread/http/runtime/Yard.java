package ai.greenthread.http.runtime;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.runtimes.builtin.BuiltinServer;
import ai.greenthread.runtimes.simulated.SimulatedVllm;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A machine for servers under test: real processes, measured by what they have resident. */
final class Yard implements AutoCloseable {
  static final String MODEL = "tiny";
  static final List<GpuId> DEVICES = List.of(new GpuId("here", 0));

  /** For what is expected to succeed, however busy the machine is. */
  static final Duration AMPLE = Duration.ofSeconds(60);

  private final Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<InferenceRuntime> runtimes = new ArrayList<>();

  Yard(Path folder) {
    this.folder = folder;
  }

  /** A command that runs the simulator; it dies with this JVM. */
  static List<String> simulator(String... more) {
    List<String> arguments = new ArrayList<>(List.of("--parent-watch"));
    arguments.addAll(List.of(more));
    return SimulatedVllm.command(javaHome(), arguments);
  }

  static List<String> builtin() {
    return BuiltinServer.command(javaHome(), List.of("--parent-watch"));
  }

  /** The smallest model that comes with the product. */
  static Path modelFile() {
    return Path.of(System.getProperty("greenthread.root")).resolve("models/tiny-chat-q8_0.gguf");
  }

  private static Path javaHome() {
    return Path.of(System.getProperty("java.home"));
  }

  InferenceRuntime create(RuntimeSpec spec) {
    return create(spec, builtin());
  }

  InferenceRuntime create(RuntimeSpec spec, List<String> builtinCommand) {
    var host =
        new RuntimeHost(http, new ResidentMemory(), builtinCommand, simulator(), folder, true);
    Model model = Model.of("tiny", ModelSpec.builder(MODEL).runtime(spec).build());
    InferenceRuntime runtime = new Runtimes(host).create(model, home());
    runtimes.add(runtime);
    return runtime;
  }

  ServerHome home() {
    return new ServerHome(folder.resolve("logs/tiny.log"), folder.resolve("run/tiny.pid"));
  }

  Path folder() {
    return folder;
  }

  /** Process that the pid file names. */
  ProcessHandle server() throws IOException {
    String pid = Files.readString(home().pidFile()).strip().split(" ", -1)[0];
    return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
  }

  /** What this JVM has started, directly or not, and what still runs of it. */
  static List<ProcessHandle> alive() {
    try (Stream<ProcessHandle> all = ProcessHandle.current().descendants()) {
      return all.filter(ProcessHandle::isAlive).toList();
    }
  }

  HttpResponse<String> get(URI endpoint, String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(endpoint.resolve(path)).timeout(AMPLE).build(),
        BodyHandlers.ofString());
  }

  HttpResponse<String> post(URI endpoint, String path, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(endpoint.resolve(path))
            .timeout(AMPLE)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  /** Asks a short question, as a user would. */
  HttpResponse<String> infer(URI endpoint) throws IOException, InterruptedException {
    return post(
        endpoint,
        "/v1/completions",
        "{\"model\":\"" + MODEL + "\",\"prompt\":\"Hello\",\"max_tokens\":3,\"temperature\":0}");
  }

  /** Ends everything, and lets a test fail that left something running which nobody could end. */
  @Override
  public void close() {
    for (InferenceRuntime runtime : runtimes) {
      try {
        runtime.stop(Duration.ofSeconds(10));
      } catch (RuntimeFailure _) {
        // Some tests are about servers that cannot be stopped; what counts is what is left.
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    List<ProcessHandle> left = alive();
    left.forEach(ProcessHandle::destroyForcibly);
    http.shutdownNow();
    if (!left.isEmpty()) {
      throw new AssertionError("still running after everything was stopped: " + left);
    }
  }
}
