package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

/** An engine in this process, on one virtual GPU, and a client of it. */
final class RunningEngine implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();
  static final String MODELS = EngineApi.GROUP + "/namespaces/default/models/";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Standalone engine;
  private final String token;

  RunningEngine(Path data, Path... manifests) throws IOException, InterruptedException {
    engine =
        Standalone.start(
            StandaloneConfig.in(data).withVirtualGpus(Bytes.ofGiB(2)).withManifests(manifests),
            _ -> {});
    token = Files.readString(data.resolve("token")).strip();
  }

  Standalone engine() {
    return engine;
  }

  /** An answer with its body as JSON, or missing where it is none. */
  record Answer(int status, JsonNode body) {}

  Answer call(String method, String path, String body) throws IOException, InterruptedException {
    return call(method, path, body, "Bearer " + token);
  }

  Answer call(String method, String path, String body, String authorization)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(engine.engine().resolve(path))
                .header("Authorization", authorization)
                .method(method, BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    return new Answer(answer.statusCode(), JSON.readTree(answer.body()));
  }

  JsonNode get(String path) throws IOException, InterruptedException {
    return call("GET", path, "").body();
  }

  Answer apply(String name, String manifest) throws IOException, InterruptedException {
    return call("PUT", MODELS + name, manifest);
  }

  /** What a stream or a log has sent so far is read by the caller; ends when that closes it. */
  HttpResponse<java.io.InputStream> follow(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(engine.engine().resolve(path))
            .header("Authorization", "Bearer " + token)
            .build(),
        BodyHandlers.ofInputStream());
  }

  int ask(String modelName) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(engine.proxy().resolve("/v1/chat/completions"))
                .POST(
                    BodyPublishers.ofString(
                        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                            .formatted(modelName)))
                .build(),
            BodyHandlers.ofString())
        .statusCode();
  }

  String state(String name) throws IOException, InterruptedException {
    return get(MODELS + name).at("/status/replicaStatuses/0/state").asText();
  }

  static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within 20 s: " + what);
      }
      Thread.sleep(20);
    }
  }

  @Override
  public void close() {
    engine.close();
    http.close();
  }
}
