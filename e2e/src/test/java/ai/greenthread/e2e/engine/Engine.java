package ai.greenthread.e2e.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** An engine that {@code ./gtctl up --detach} started; closing it is {@code ./gtctl down}. */
final class Engine implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();
  static final Path ROOT = Path.of(System.getProperty("greenthread.root"));
  static final List<String> DEMO =
      List.of("tiny-chat-fast", "tiny-chat-precise", "tiny-chat-batch");
  static final String QUESTION = "What is the capital of Norway?";
  static final String ANSWER = "The capital of Norway is Oslo.";

  private static final Duration START_LIMIT = Duration.ofMinutes(2);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Path data;
  private final List<String> flags;
  private JsonNode up;

  private Engine(Path data, List<String> flags, JsonNode up) {
    this.data = data;
    this.flags = flags;
    this.up = up;
  }

  /**
   * The demo fleet on a virtual GPU that holds one of its models.
   *
   * @param flags further ones of {@code gtctl up}
   */
  static Engine start(Path data, String... flags) throws IOException, InterruptedException {
    return new Engine(data, List.of(flags), up(data, List.of(flags)));
  }

  private static JsonNode up(Path data, List<String> flags)
      throws IOException, InterruptedException {
    var arguments = new ArrayList<>(List.of("up", "--detach", "--demo"));
    arguments.addAll(List.of("--data", data.toString(), "-o", "json"));
    arguments.addAll(flags);
    Result result = gtctl(arguments.toArray(String[]::new));
    if (result.status() != 0) {
      throw new AssertionError("gtctl up failed: " + result);
    }
    return JSON.readTree(result.output());
  }

  /** Starts again on the same data, as after a crash. */
  void startAgain() throws IOException, InterruptedException {
    up = up(data, flags);
  }

  /** What a command printed and how it ended. */
  record Result(int status, String output, String errors) {}

  static Result gtctl(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(ROOT.resolve("gtctl").toString());
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("gtctl", ".out");
    Path err = Files.createTempFile("gtctl", ".err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(START_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command + " does not end; it said " + Files.readString(err));
    }
    var result = new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    Files.delete(out);
    Files.delete(err);
    return result;
  }

  Result here(String... arguments) throws IOException, InterruptedException {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", data.toString()));
    return gtctl(all.toArray(String[]::new));
  }

  URI proxy() {
    return URI.create(up.path("proxy").asText());
  }

  /** Also of a model that was applied later: the engine keeps its announcement up to date. */
  URI model(String name) throws IOException {
    JsonNode now = JSON.readTree(Files.readString(data.resolve("up.json")));
    return URI.create(now.path("models").path(name).asText());
  }

  ProcessHandle process() {
    return ProcessHandle.of(up.path("pid").asLong()).orElseThrow();
  }

  /** The runtime that serves or starts right now; at most one fits. */
  Optional<ProcessHandle> runtime() {
    return runtimes().stream().findFirst();
  }

  /** All runtimes that serve or start right now. */
  List<ProcessHandle> runtimes() {
    return process()
        .descendants()
        .filter(ProcessHandle::isAlive)
        .filter(child -> commandLine(child).contains("ai.greenthread.runtimes."))
        .toList();
  }

  /** Loopback port of a runtime, from its command line. */
  static int port(ProcessHandle runtime) {
    return flag(runtime, "--port")
        .map(Integer::parseInt)
        .orElseThrow(() -> new AssertionError("no --port in " + commandLine(runtime)));
  }

  /** A flag's value on the command line of a runtime; empty also when it has just ended. */
  static Optional<String> flag(ProcessHandle runtime, String name) {
    List<String> words = List.of(commandLine(runtime).split("\0", -1));
    int place = words.indexOf(name);
    return place < 0 || place + 1 >= words.size()
        ? Optional.empty()
        : Optional.of(words.get(place + 1));
  }

  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
    } catch (IOException e) {
      return "";
    }
  }

  static String chatBody(String model, String question, boolean stream) {
    return JSON.createObjectNode()
        .put("model", "greenthread/" + model)
        .put("temperature", 0)
        .put("stream", stream)
        .set(
            "messages",
            JSON.createArrayNode()
                .add(JSON.createObjectNode().put("role", "user").put("content", question)))
        .toString();
  }

  HttpResponse<String> chat(String model, String question)
      throws IOException, InterruptedException {
    return http.send(
        post(proxy().resolve("/v1/chat/completions"), chatBody(model, question, false)),
        BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  static HttpRequest post(URI uri, String body) {
    return HttpRequest.newBuilder(uri)
        .header("Content-Type", "application/json")
        .timeout(Duration.ofMinutes(5))
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(),
        BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  static String answer(HttpResponse<String> response) throws IOException {
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    return JSON.readTree(response.body())
        .path("choices")
        .path(0)
        .path("message")
        .path("content")
        .asText();
  }

  /** Values of a metric of a model's sidecar, by label text. */
  Map<String, Double> metric(String model, String name) throws IOException, InterruptedException {
    var values = new LinkedHashMap<String, Double>();
    get(model(model).resolve("/metrics"))
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .forEach(line -> {
          int space = line.lastIndexOf(' ');
          values.put(
              line.substring(name.length(), space), Double.parseDouble(line.substring(space + 1)));
        });
    return values;
  }

  /** Applies a simulated vLLM that writes slowly, so that there is time to leave. */
  void applySlowModel() throws IOException, InterruptedException {
    Path manifest = data.resolve("slow.yaml");
    Files.writeString(
        manifest,
        """
        apiVersion: greenthread.ai/v1alpha1
        kind: Model
        metadata: {name: slow}
        spec:
          modelName: greenthread/slow
          modelType: chat
          runtime:
            type: simulated
            options: {ttft: 500ms, itl: 100ms, answer-tokens: "200", real-memory: "32Mi"}
          fairness: {minRuntime: 1s, maxWaitTime: 1s}
        """);
    Result applied = here("apply", "-f", manifest.toString());
    if (applied.status() != 0) {
      throw new AssertionError("gtctl apply failed: " + applied);
    }
  }

  /** What the simulated vLLM that runs now tells about itself; nothing while none runs. */
  JsonNode simulatorState() throws IOException, InterruptedException {
    Optional<ProcessHandle> runtime = runtime();
    if (runtime.isEmpty()) {
      return JSON.missingNode();
    }
    int port = port(runtime.get());
    return JSON.readTree(get(URI.create("http://127.0.0.1:" + port + "/admin/state")).body());
  }

  double metricSum(String name) throws IOException, InterruptedException {
    double sum = 0;
    for (String model : DEMO) {
      sum += metric(model, name).values().stream().mapToDouble(Double::doubleValue).sum();
    }
    return sum;
  }

  static void await(String what, Duration patience, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() >= end) {
        throw new AssertionError("not within " + patience + ": " + what);
      }
      Thread.sleep(20);
    }
  }

  /** Gone, or dead and only waiting for its parent to notice. */
  static boolean hasEnded(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
    } catch (IOException e) {
      return true;
    }
  }

  static long residentKiB(ProcessHandle process) throws IOException {
    for (String line :
        Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return 0;
  }

  @Override
  public void close() throws IOException {
    try {
      Result down = here("down");
      if (down.status() != 0) {
        throw new AssertionError("gtctl down failed: " + down);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted before the engine was down", e);
    }
  }
}
