package ai.greenthread.cli.client;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.domain.model.ModelRef;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The engine on this machine, over the engine API. */
public final class LocalEngine implements Engine {
  private static final String GROUP = "/apis/greenthread.ai/v1alpha1";
  private static final String GPU_NAMESPACE = "greenthread-system";

  /** A loopback connection either stands at once or not at all. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** Everything but wake, sleep and the streams answers from memory. */
  private static final Duration QUICK = Duration.ofSeconds(30);

  /** A first wake may compile kernels and wait for a drain before it; the engine bounds it. */
  private static final Duration TRANSITION = Duration.ofMinutes(15);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();
  private final DataDirectory directory;
  private final UpFile up;
  private final Reach reach;
  private final String token;

  /**
   * A client of one engine.
   *
   * @param directory where it keeps its files
   * @param up where it listens
   * @param reach of which namespaces events are wanted; Models are few and always listed all
   */
  public LocalEngine(DataDirectory directory, UpFile up, Reach reach) {
    this.directory = directory;
    this.up = up;
    this.reach = reach;
    this.token = directory.requireToken();
  }

  @Override
  public JsonNode version() {
    return expect(call("GET", "/version", Optional.empty(), QUICK)).body();
  }

  @Override
  public JsonNode modelList() {
    return expect(call("GET", GROUP + "/models", Optional.empty(), QUICK)).body();
  }

  @Override
  public Optional<ModelView> find(ModelRef model) {
    Answer answer = call("GET", path(model), Optional.empty(), QUICK);
    return answer.status() == 404
        ? Optional.empty()
        : Optional.of(new ModelView(expect(answer).body()));
  }

  @Override
  public JsonNode gpuList() {
    String path = GROUP + "/namespaces/" + GPU_NAMESPACE + "/gpus";
    return expect(call("GET", path, Optional.empty(), QUICK)).body();
  }

  @Override
  public Answer put(ModelRef model, JsonNode manifest, PutMode mode) {
    String path = path(model) + (mode.dryRun() ? "?dryRun=All" : "");
    Answer answer =
        call("PUT", path, Optional.of(Json.compact(manifest)), mode.dryRun() ? QUICK : TRANSITION);
    return answer.status() == 422 || answer.status() == 400 ? answer : expect(answer);
  }

  @Override
  public JsonNode delete(ModelRef model) {
    return expect(call("DELETE", path(model), Optional.empty(), TRANSITION)).body();
  }

  @Override
  public JsonNode transition(ModelRef model, String verb) {
    return expect(call("POST", path(model) + "/" + verb, Optional.empty(), TRANSITION)).body();
  }

  /** Asks it to end. */
  public void shutdown() {
    expect(call("POST", "/api/shutdown", Optional.empty(), CONNECT_TIMEOUT));
  }

  @Override
  public InputStream logs(ModelRef model, LogQuery query) {
    if (query.replica().orElse(0) != 0) {
      throw new CliException(
          ExitCode.USAGE,
          "the engine on this machine gives the log of replica 0 only",
          "the others' logs are files: " + directory.log(model.name() + "-N.log"));
    }
    return stream(
        path(model) + "/logs?tail=" + query.tail() + "&follow=" + query.follow(), "text/plain");
  }

  @Override
  public EventFeed events(Optional<ModelRef> model, int replay) {
    String filter =
        model
            .map(ref -> "&namespace=" + encode(ref.namespace()) + "&model=" + encode(ref.name()))
            .or(() -> reach.namespace().map(name -> "&namespace=" + encode(name)))
            .orElse("");
    return new SseEvents(stream("/api/events?replay=" + replay + filter, "text/event-stream"));
  }

  /** Its list is a close-up already. */
  @Override
  public ModelView closeUp(ModelView model) {
    return model;
  }

  @Override
  public ChatApi chat(ModelView model, boolean throughProxy) {
    String proxy = up.proxy().toString();
    String own = up.models().getOrDefault(model.name(), "");
    return new HttpChat(
        throughProxy ? proxy : !model.url().isEmpty() ? model.url() : own.isEmpty() ? proxy : own);
  }

  @Override
  public void requireAlive() {
    directory.requireUp();
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  private Answer call(String method, String path, Optional<String> body, Duration timeout) {
    HttpRequest.Builder request = request(path).timeout(timeout);
    request.method(method, body.map(BodyPublishers::ofString).orElse(BodyPublishers.noBody()));
    if (body.isPresent()) {
      request.header("Content-Type", "application/json");
    }
    HttpResponse<String> response =
        send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    return new Answer(response.statusCode(), json(response.body()));
  }

  private InputStream stream(String path, String accept) {
    HttpResponse<InputStream> response =
        send(request(path).header("Accept", accept).build(), BodyHandlers.ofInputStream());
    if (response.statusCode() / 100 == 2) {
      return response.body();
    }
    try (InputStream body = response.body()) {
      String text = new String(body.readNBytes(64 * 1024), StandardCharsets.UTF_8);
      expect(new Answer(response.statusCode(), json(text)));
    } catch (IOException e) {
      throw unreachable(e);
    }
    throw new IllegalStateException("an error answer was taken for a good one");
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(up.engine() + path))
        .header("Authorization", "Bearer " + token);
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    try {
      return http.send(request, handler);
    } catch (HttpConnectTimeoutException | ConnectException e) {
      throw unreachable(e);
    } catch (HttpTimeoutException e) {
      throw new CliException(
          ExitCode.FAILED,
          "the engine did not finish "
              + request.method()
              + " "
              + request.uri().getPath()
              + " in time",
          directory.whereItLogs(),
          e);
    } catch (IOException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCode.FAILED, "interrupted", "run the command again", e);
    }
  }

  private CliException unreachable(IOException cause) {
    return new CliException(
        ExitCode.NO_ENGINE,
        "the engine (process " + up.pid() + ") does not answer at " + up.engine(),
        directory.whereItLogs()
            + "; if it is still starting, wait; if it hangs: gtctl down && gtctl up",
        cause);
  }

  private Answer expect(Answer answer) {
    if (answer.ok()) {
      return answer;
    }
    List<String> hints =
        switch (answer.status()) {
          case 401, 403 ->
              List.of("the token file is not this engine's; restart it: gtctl down && gtctl up");
          case 404 -> List.of("list what exists with: gtctl get models");
          default -> answer.violations();
        };
    int code =
        switch (answer.status()) {
          case 404 -> ExitCode.NOT_FOUND;
          case 422 -> ExitCode.INVALID_MANIFEST;
          default -> ExitCode.FAILED;
        };
    throw new CliException(code, answer.message(), hints);
  }

  private static JsonNode json(String text) {
    try {
      JsonNode node = Json.parse(text);
      return node == null ? MissingNode.getInstance() : node;
    } catch (JsonProcessingException notJson) {
      return MissingNode.getInstance();
    }
  }

  private static String path(ModelRef model) {
    return GROUP + "/namespaces/" + encode(model.namespace()) + "/models/" + encode(model.name());
  }

  private static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
