package ai.greenthread.cli;

import ai.greenthread.cli.client.Json;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.Reading;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An engine that keeps the contract of the engine API and runs no model. */
final class StubEngine implements AutoCloseable {
  static final String TOKEN = "test-token";
  private static final Pattern MODEL =
      Pattern.compile(
          "/apis/greenthread\\.ai/v1alpha1/namespaces/([^/]+)/models/([^/]+)(?:/(wake|sleep|logs))?");

  final Map<ModelRef, ObjectNode> models = new ConcurrentSkipListMap<>();
  final ArrayNode gpus = Json.mapper().createArrayNode();
  final List<String> events = new CopyOnWriteArrayList<>();
  final List<String> requests = new CopyOnWriteArrayList<>();
  final List<JsonNode> chats = new CopyOnWriteArrayList<>();
  final Map<String, String> logs = new ConcurrentHashMap<>();
  final CountDownLatch shutdown = new CountDownLatch(1);

  /** What the chat endpoint does before it answers. */
  volatile Runnable beforeAnswer = () -> {};

  volatile ChatAnswer chat = ChatAnswer.STREAM;
  volatile boolean wakeTimesOut;
  volatile Runnable onShutdown = () -> {};

  enum ChatAnswer {
    STREAM,
    REFUSE,
    CUT,
    ERROR_IN_STREAM,
    ERROR_AT_ONCE
  }

  private final List<BlockingQueue<String>> followers = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  StubEngine() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Leaves the files of a running engine in a data directory. */
  StubEngine announce(Path data, long pid, Instant startedAt) throws IOException {
    Files.createDirectories(data);
    Files.writeString(data.resolve("token"), TOKEN + "\n");
    ObjectNode up = Json.mapper().createObjectNode();
    up.put("pid", pid).put("proxy", url()).put("engine", url());
    ObjectNode urls = up.putObject("models");
    models.keySet().forEach(ref -> urls.put(ref.name(), url()));
    up.put("startedAt", startedAt.toString()).put("version", "0.1.0");
    Path draft = Files.writeString(data.resolve("up.json.new"), Json.pretty(up));
    Files.move(draft, data.resolve("up.json"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    return this;
  }

  /** Adds a Model of another namespace, as it was declared. */
  void addModel(String namespace, String name) {
    ObjectNode model = addModel(name, "sleeping", 0);
    models.remove(new ModelRef("default", name));
    ((ObjectNode) model.path("metadata")).put("namespace", namespace);
    models.put(new ModelRef(namespace, name), model);
  }

  /** Adds a Model with one replica in the given state. */
  ObjectNode addModel(String name, String state, long bytes) {
    ObjectNode model = Json.mapper().createObjectNode();
    model.put("apiVersion", "greenthread.ai/v1alpha1").put("kind", "Model");
    model
        .putObject("metadata")
        .put("namespace", "default")
        .put("name", name)
        .put("generation", 1)
        .put("creationTimestamp", "2026-11-22T15:57:00Z");
    model
        .putObject("spec")
        .put("modelName", "greenthread/" + name)
        .put("modelType", "chat")
        .put("gpuMemoryUtilization", "0.90");
    ObjectNode status = model.putObject("status");
    status.put("phase", state.equals("failed") ? "Failed" : "Ready").put("url", url() + "/v1");
    status.put("servingMemoryPerGPU", bytes);
    status.put("replicas", 1).put("readyReplicas", 1).put("node", "box").put("gpus", "0");
    status.put("waitBoundSeconds", 18);
    status
        .putArray("conditions")
        .addObject()
        .put("type", "Ready")
        .put("status", "True")
        .put("reason", "Booted")
        .put("message", "measured once, sleeps at once")
        .put("lastTransitionTime", "2026-11-22T15:58:00Z");
    status
        .putArray("replicaStatuses")
        .addObject()
        .put("name", name + "-0")
        .put("url", url())
        .put("gpus", "0")
        .put("queued", 0)
        .put("inFlight", 0)
        .put("lastEvent", "wake_completed")
        .put("reason", "");
    models.put(new ModelRef("default", name), model);
    setState(name, state, bytes);
    return model;
  }

  void setState(String name, String state, long bytes) {
    ObjectNode status = (ObjectNode) model(name).path("status");
    boolean serving = state.equals("serving");
    status.put("servingReplicas", serving ? 1 : 0);
    status.put("sleepingReplicas", state.equals("sleeping") ? 1 : 0);
    ((ObjectNode) status.path("replicaStatuses").path(0))
        .put("state", state)
        .put("since", "2026-11-22T15:59:48Z")
        .put("memoryBytes", serving ? bytes : 0);
  }

  ObjectNode model(String name) {
    ObjectNode model = models.get(new ModelRef("default", name));
    if (model == null) {
      throw new IllegalArgumentException("the test has no model " + name);
    }
    return model;
  }

  /** Adds a device of 2 GiB on which {@code occupant} serves with 96.4 MiB. */
  ObjectNode addGpu(int index, String occupant) {
    ObjectNode gpu = gpus.addObject();
    gpu.put("apiVersion", "greenthread.ai/v1alpha1").put("kind", "GPU");
    gpu.putObject("metadata")
        .put("namespace", "greenthread-system")
        .put("name", "gpu-box-" + index);
    gpu.putObject("spec")
        .put("nodeName", "box")
        .put("index", index)
        .put("uuid", "GPU-virtual-" + index)
        .put("product", "Virtual-2GiB")
        .put("totalMemoryBytes", 2_147_483_648L)
        .put("virtual", true);
    ObjectNode status = gpu.putObject("status");
    status
        .put("availableMemoryBytes", 2_046_400_922L)
        .put("mode", "inference")
        .put("health", "Healthy");
    status
        .putObject("stats")
        .put("usedMemoryBytes", 101_082_726L)
        .put("freeMemoryBytes", 2_046_400_922L)
        .put("utilizationPercent", 12);
    status
        .putArray("occupants")
        .addObject()
        .put("podName", occupant)
        .put("modelName", occupant.replaceAll("-[0-9]+$", ""))
        .put("state", "serving")
        .put("reservedMemoryBytes", 101_082_726L)
        .put("residualMemoryBytes", 0)
        .put("measuredMemoryBytes", 101_082_726L)
        .put("popular", false)
        .put("lastAccessed", "2026-11-22T15:59:55Z")
        .put("becameServingAt", "2026-11-22T15:59:48Z");
    status
        .putArray("preemptionIntents")
        .addObject()
        .put("podName", "big-0")
        .put("since", "2026-11-22T15:59:57Z")
        .put("needMemoryBytes", 1_610_612_736L)
        .putArray("victims")
        .addObject()
        .put("podName", occupant);
    return gpu;
  }

  void addEvent(long millisAfterStart, String type, String model, String message) {
    ObjectNode event = Json.mapper().createObjectNode();
    event.put("id", "20261122160000" + String.format("%03d", events.size())).put("type", type);
    event.put("timestamp", 1_795_363_180_000L + millisAfterStart).put("model_name", model);
    event.put("message", message).put("duration_ms", 1200).putObject("metadata");
    String line = Json.compact(event);
    events.add(line);
    followers.forEach(queue -> queue.add(line));
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    try (exchange) {
      if (path.equals("/v1/chat/completions")) {
        chat(exchange);
      } else if (!("Bearer " + TOKEN)
          .equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        error(exchange, 401, "the token is not this engine's", List.of());
      } else {
        engine(exchange, path, query);
      }
    }
  }

  private void engine(HttpExchange exchange, String path, String query) throws IOException {
    String post = exchange.getRequestMethod();
    Matcher model = MODEL.matcher(path);
    if (model.matches()) {
      model(exchange, new ModelRef(model.group(1), model.group(2)), model.group(3), query);
      return;
    }
    switch (post + " " + path) {
      case "GET /version" -> json(exchange, 200, Json.mapper().createObjectNode());
      case "GET /apis/greenthread.ai/v1alpha1/models" ->
          json(exchange, 200, list("ModelList", List.copyOf(models.values())));
      case "GET /apis/greenthread.ai/v1alpha1/namespaces/greenthread-system/gpus" -> {
        ObjectNode list = list("GPUList", List.of());
        list.set("items", gpus);
        json(exchange, 200, list);
      }
      case "GET /api/events" -> events(exchange, query);
      case "POST /api/shutdown" -> {
        json(exchange, 202, Json.mapper().createObjectNode().put("status", "stopping"));
        shutdown.countDown();
        onShutdown.run();
      }
      default -> error(exchange, 404, "there is no " + path, List.of());
    }
  }

  private void model(HttpExchange exchange, ModelRef ref, String verb, String query)
      throws IOException {
    ObjectNode known = models.get(ref);
    if (exchange.getRequestMethod().equals("PUT")) {
      put(exchange, ref, query.contains("dryRun=All"));
    } else if (known == null) {
      error(
          exchange, 404, "there is no Model " + ref + "; there are: " + models.keySet(), List.of());
    } else if (exchange.getRequestMethod().equals("DELETE")) {
      models.remove(ref);
      json(exchange, 200, known);
    } else if (verb == null) {
      json(exchange, 200, known);
    } else if (verb.equals("logs")) {
      byte[] text = logs.getOrDefault(ref.name(), "").getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain");
      exchange.sendResponseHeaders(200, 0);
      exchange.getResponseBody().write(text);
    } else {
      String old = known.path("status").path("replicaStatuses").path(0).path("state").asText();
      String now = wakeTimesOut ? "pending" : verb.equals("wake") ? "serving" : "sleeping";
      setState(ref.name(), now, 101_082_726L);
      ObjectNode answer = Json.mapper().createObjectNode();
      answer.put("status", "ok").put("old_state", old).put("new_state", now);
      answer.put("duration_ms", 1300).put("timed_out", wakeTimesOut);
      json(exchange, 200, answer);
    }
  }

  private void put(HttpExchange exchange, ModelRef ref, boolean dryRun) throws IOException {
    ObjectNode object = (ObjectNode) Json.mapper().readTree(exchange.getRequestBody());
    if (ModelManifest.read(Json.mapper().convertValue(object, Object.class))
        instanceof Reading.Invalid invalid) {
      error(
          exchange, 422, "not valid", invalid.violations().stream().map(Object::toString).toList());
      return;
    }
    if (object.path("spec").path("product").asText("").equals("NoSuchGPU")) {
      error(exchange, 422, "not valid", List.of("spec.product: no GPU here is a NoSuchGPU"));
      return;
    }
    ((ObjectNode) object.path("metadata")).put("namespace", ref.namespace());
    ObjectNode known = models.get(ref);
    if (known != null) {
      object.set("status", known.path("status"));
    }
    if (!dryRun) {
      models.put(ref, object);
    }
    json(exchange, known == null && !dryRun ? 201 : 200, object);
  }

  private void events(HttpExchange exchange, String query) throws IOException {
    Map<String, String> parameters = new TreeMap<>();
    for (String pair : query.split("&", -1)) {
      parameters.put(pair.replaceAll("=.*", ""), pair.replaceAll("^[^=]*=?", ""));
    }
    BlockingQueue<String> live = new LinkedBlockingQueue<>();
    followers.add(live);
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    OutputStream body = exchange.getResponseBody();
    body.write(
        ": hello\n\ndata: {\"id\":\"1\",\"type\":\"system_state\",\"timestamp\":0}\n\n"
            .getBytes(StandardCharsets.UTF_8));
    String model = parameters.getOrDefault("model", "");
    List<String> matching =
        events.stream()
            .filter(e -> model.isEmpty() || e.contains("\"model_name\":\"" + model + "\""))
            .toList();
    int replay = Integer.parseInt(parameters.getOrDefault("replay", "0"));
    for (String event : matching.subList(Math.max(0, matching.size() - replay), matching.size())) {
      body.write(("event: x\ndata: " + event + "\n\n").getBytes(StandardCharsets.UTF_8));
    }
    body.flush();
    try {
      while (true) {
        String event = live.poll(100, TimeUnit.MILLISECONDS);
        body.write(
            (event == null ? ":\n\n" : "data: " + event + "\n\n").getBytes(StandardCharsets.UTF_8));
        body.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      followers.remove(live);
    }
  }

  private void chat(HttpExchange exchange) throws IOException {
    JsonNode request = Json.mapper().readTree(exchange.getRequestBody());
    chats.add(request);
    beforeAnswer.run();
    if (chat == ChatAnswer.REFUSE) {
      error(
          exchange, 503, "tiny-chat cannot be woken: only popular models hold the GPU", List.of());
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    OutputStream body = exchange.getResponseBody();
    body.write(": waiting\n\n".getBytes(StandardCharsets.UTF_8));
    List<String> pieces =
        chat == ChatAnswer.ERROR_AT_ONCE
            ? List.of()
            : List.of("The capital ", "is \u001b[31mOslo", ".");
    for (String piece : pieces) {
      ObjectNode chunk = Json.mapper().createObjectNode();
      chunk.putArray("choices").addObject().putObject("delta").put("content", piece);
      body.write(("data: " + Json.compact(chunk) + "\n\n").getBytes(StandardCharsets.UTF_8));
      body.flush();
    }
    String end =
        switch (chat) {
          case ERROR_IN_STREAM, ERROR_AT_ONCE ->
              "data: {\"error\":{\"message\":\"the runtime died\",\"type\":\"server_error\","
                  + "\"param\":null,\"code\":null}}\n\n";
          case CUT -> "";
          default -> "data: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n";
        };
    body.write(end.getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectNode list(String kind, List<ObjectNode> items) {
    ObjectNode list = Json.mapper().createObjectNode();
    list.put("apiVersion", "greenthread.ai/v1alpha1").put("kind", kind);
    list.putArray("items").addAll(items);
    return list;
  }

  private static void error(
      HttpExchange exchange, int status, String message, List<String> violations)
      throws IOException {
    ObjectNode body = Json.mapper().createObjectNode();
    ObjectNode error = body.putObject("error");
    error.put("message", message).put("type", "invalid_request_error");
    error.putNull("param").putNull("code");
    if (!violations.isEmpty()) {
      ArrayNode details = error.putArray("details");
      for (String violation : violations) {
        int colon = violation.indexOf(": ");
        details
            .addObject()
            .put("field", violation.substring(0, colon))
            .put("message", violation.substring(colon + 2));
      }
    }
    json(exchange, status, body);
  }

  private static void json(HttpExchange exchange, int status, JsonNode body) throws IOException {
    byte[] bytes = Json.compact(body).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
