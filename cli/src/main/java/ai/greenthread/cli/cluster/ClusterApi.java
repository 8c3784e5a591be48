package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.OpenAnswer;
import ai.greenthread.k8s.crd.Resource;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.ApiClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** The API server of one context, with failures in words. Safe for use by many threads. */
final class ClusterApi implements AutoCloseable {
  /** Also the longest that a request for a list may take. */
  private static final Duration QUICK = Duration.ofSeconds(30);

  /** A first wake may compile kernels and wait for a drain before it; the engine bounds it. */
  static final Duration PATIENT = Duration.ofMinutes(15);

  private static final int MAX_ERROR_BYTES = 64 * 1024;

  private final ClusterFailures failures;
  private final ApiClient client;
  private final JsonApi quick;
  private final JsonApi patient;

  ClusterApi(ClusterContext where, ClusterFailures failures) {
    this.failures = failures;
    this.client = where.client().get();
    this.quick = new JsonApi(client, QUICK);
    this.patient = new JsonApi(client, PATIENT);
  }

  /** One call to the server. */
  @FunctionalInterface
  interface Call<T> {
    T to(JsonApi api) throws IOException;
  }

  /** For what keeps asking by itself. */
  JsonApi raw() {
    return quick;
  }

  /** Any answer is a value; that none came is a failure. */
  <T> T ask(Call<T> call) {
    return ask(quick, call);
  }

  /** The same, for what may take minutes. */
  <T> T askPatiently(Call<T> call) {
    return ask(patient, call);
  }

  private <T> T ask(JsonApi api, Call<T> call) {
    try {
      return call.to(api);
    } catch (IOException e) {
      throw failures.unreachable(e);
    }
  }

  /**
   * The object or list at a path.
   *
   * @param what for a sentence: "list GPUs"
   */
  JsonObject get(String path, String what) {
    return expect(ask(api -> api.get(path)), what).body();
  }

  Answer expect(Answer answer, String what) {
    if (!answer.ok()) {
      throw refused(what, answer);
    }
    return answer;
  }

  /** What a refusal means. Rights are judged before anybody looks whether a kind exists at all. */
  CliException refused(String what, Answer answer) {
    boolean unknown =
        answer.status() == 403
            && answer.message().contains("API group \"" + Resource.GROUP + "\"")
            && ask(api -> api.get("/apis/" + Resource.GROUP)).status() == 404;
    return unknown ? failures.notInstalled() : failures.refused(what, answer);
  }

  /** A stream; a refusal by the API server is a failure, one by the pod is handed on. */
  OpenAnswer open(
      String method, String path, String accept, Optional<JsonElement> body, String what) {
    OpenAnswer open = ask(api -> api.open(method, path, accept, body));
    if (open.ok()) {
      return open;
    }
    try (InputStream stream = open.body()) {
      byte[] text = stream.readNBytes(MAX_ERROR_BYTES);
      Answer answer =
          new Answer(open.status(), tree(new String(text, StandardCharsets.UTF_8).strip()));
      if (byPod(answer)) {
        return new OpenAnswer(open.status(), new java.io.ByteArrayInputStream(text));
      }
      throw failures.refused(what, answer);
    } catch (IOException e) {
      throw failures.unreachable(e);
    }
  }

  /** Whether a sidecar wrote an answer that came through the server, and not the server. */
  static boolean byPod(Answer answer) {
    return answer.body().has("error");
  }

  private static JsonObject tree(String text) {
    try {
      if (JsonParser.parseString(text) instanceof JsonObject object) {
        return object;
      }
    } catch (com.google.gson.JsonParseException notJson) {
      // Plain text, as a proxy writes it.
    }
    JsonObject plain = new JsonObject();
    plain.addProperty("message", text);
    return plain;
  }

  /** The same tree in the other library's classes. */
  static JsonNode node(JsonElement tree) {
    try {
      return Json.parse(tree.toString());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that was read could not be read again", e);
    }
  }

  /** The same tree in the other library's classes. */
  static JsonElement gson(JsonNode tree) {
    return JsonParser.parseString(Json.compact(tree));
  }

  @Override
  public void close() {
    client.getHttpClient().dispatcher().cancelAll();
    client.getHttpClient().connectionPool().evictAll();
  }
}
