package ai.greenthread.k8s.client;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import okhttp3.Call;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * The API server's HTTP interface for objects of any kind. Every answer of the server is a value;
 * an {@link IOException} means that no answer came, so that the outcome of a write is unknown.
 *
 * <p>Writes are never repeated by the HTTP client: after a lost reply a repetition would meet the
 * caller's own write and be told of a conflict. Safe for use by many threads.
 */
public final class JsonApi {
  private static final String JSON = "application/json";
  private static final String MERGE_PATCH = "application/merge-patch+json";

  /** Any JSON text is YAML. */
  private static final String APPLY_PATCH = "application/apply-patch+yaml";

  /** A connection that leaves a ping unanswered for this long is given up. */
  private static final Duration PING = Duration.ofSeconds(10);

  /** Objects in one answer to a list. */
  private static final int PAGE = 500;

  private final ApiClient client;
  private final OkHttpClient reading;
  private final OkHttpClient writing;
  private final OkHttpClient watching;

  /**
   * @param client knows address, trust and identity
   * @param timeout longest time for one call, from connecting to the last byte; a watch has no
   *     limit but is noticed to be dead when the connection answers no pings
   */
  public JsonApi(ApiClient client, Duration timeout) {
    this.client = client;
    OkHttpClient limited =
        client
            .getHttpClient()
            .newBuilder()
            .connectTimeout(timeout)
            .readTimeout(Duration.ZERO)
            .callTimeout(timeout)
            .pingInterval(PING)
            .addInterceptor(new RefusedStreams())
            .build();
    this.reading = limited;
    this.writing = limited.newBuilder().retryOnConnectionFailure(false).build();
    this.watching =
        limited.newBuilder().callTimeout(Duration.ZERO).retryOnConnectionFailure(false).build();
  }

  public Answer get(String path) throws IOException {
    return get(path, JSON);
  }

  /**
   * @param accept media types the caller understands; a table is {@code
   *     application/json;as=Table;v=v1;g=meta.k8s.io}
   */
  public Answer get(String path, String accept) throws IOException {
    return answer(reading.newCall(request(path, accept)));
  }

  /**
   * Reads a whole list, page by page.
   *
   * @param path of the list
   * @param selector query such as {@code labelSelector=…}, encoded; empty for all objects
   * @param each hears of every object, with the {@code kind} and {@code apiVersion} that servers
   *     leave out of lists
   * @return version of the list, where a watch may begin
   * @throws IOException when any page is refused or does not come; some objects may have been told
   */
  public String list(String path, String selector, Consumer<JsonObject> each) throws IOException {
    String first = path + "?limit=" + PAGE + (selector.isEmpty() ? "" : "&" + selector);
    String version = "";
    String next = "";
    do {
      Answer answer = get(next.isEmpty() ? first : first + "&continue=" + next);
      if (!answer.ok()) {
        throw new IOException("the list " + path + " was refused: " + answer.describe());
      }
      String kind = Trees.text(answer.body(), "kind").orElse("").replaceFirst("List$", "");
      String apiVersion = Trees.text(answer.body(), "apiVersion").orElse("");
      for (JsonObject item : Trees.items(answer.body(), "items")) {
        item.addProperty("kind", kind);
        item.addProperty("apiVersion", apiVersion);
        each.accept(item);
      }
      JsonObject metadata = Trees.at(answer.body(), "metadata");
      version = Trees.text(metadata, "resourceVersion").orElse("");
      next = Trees.text(metadata, "continue").orElse("");
    } while (!next.isEmpty());
    return version;
  }

  public Answer create(String path, JsonElement object) throws IOException {
    return write("POST", path, JSON, object);
  }

  public Answer replace(String path, JsonElement object) throws IOException {
    return write("PUT", path, JSON, object);
  }

  /** Changes the fields named; a JSON null removes one. With a resourceVersion it is a CAS. */
  public Answer mergePatch(String path, JsonElement change) throws IOException {
    return write("PATCH", path, MERGE_PATCH, change);
  }

  /**
   * Server-side apply: makes the object or changes it so that it says all of {@code object}, and
   * takes over fields that others set.
   *
   * @param manager who says it
   */
  public Answer apply(String path, JsonElement object, String manager) throws IOException {
    return write("PATCH", path + "?force=true&fieldManager=" + manager, APPLY_PATCH, object);
  }

  /**
   * The same for what a person wrote: servers that can (1.25) refuse fields they do not know.
   *
   * @param dryRun nothing is stored, and the answer is what would have been
   * @param force takes over fields that others set to another value; without it they are a conflict
   *     (409)
   */
  public Answer applyStrictly(
      String path, JsonElement object, String manager, boolean dryRun, boolean force)
      throws IOException {
    String query =
        "?fieldValidation=Strict&force="
            + force
            + "&fieldManager="
            + manager
            + (dryRun ? "&dryRun=All" : "");
    return write("PATCH", path + query, APPLY_PATCH, object);
  }

  public Answer delete(String path) throws IOException {
    return answer(writing.newCall(request(path, JSON).newBuilder().delete().build()));
  }

  /** Deletes that object and none that has taken its name since. */
  public Answer delete(String path, String uid) throws IOException {
    return write(
        "DELETE",
        path,
        JSON,
        Trees.object(
            "apiVersion",
            "v1",
            "kind",
            "DeleteOptions",
            "preconditions",
            Trees.object("uid", uid)));
  }

  /**
   * Deletes the object if it is still the one that was read: that object and no later one of its
   * name, and unchanged since; otherwise the answer is 409.
   *
   * @param seen the object as the server gave it
   */
  public Answer deleteUnchanged(String path, JsonObject seen) throws IOException {
    JsonObject metadata = Trees.at(seen, "metadata");
    JsonObject preconditions = new JsonObject();
    for (String field : List.of("uid", "resourceVersion")) {
      preconditions.add(field, metadata.get(field));
    }
    JsonObject options =
        Trees.object("apiVersion", "v1", "kind", "DeleteOptions", "preconditions", preconditions);
    return write("DELETE", path, JSON, options);
  }

  /**
   * A watch that has not begun; {@link WatchStream#next} begins it.
   *
   * @param path with the whole query, {@code watch=true} and {@code resourceVersion} included
   */
  public WatchStream watch(String path) throws IOException {
    return new WatchStream(watching.newCall(request(path, JSON)));
  }

  /**
   * A call whose answer may go on for as long as it likes.
   *
   * @param body sent as JSON; empty for none, as GET has
   */
  public OpenAnswer open(String method, String path, String accept, Optional<JsonElement> body)
      throws IOException {
    RequestBody sent =
        body.map(tree -> RequestBody.create(tree.toString(), MediaType.get(JSON))).orElse(null);
    Response response =
        watching.newCall(request(path, accept).newBuilder().method(method, sent).build()).execute();
    return new OpenAnswer(response.code(), response.body().byteStream());
  }

  private Answer write(String method, String path, String type, JsonElement body)
      throws IOException {
    // As a tree prints itself, nulls are kept: in a patch they mean removal.
    RequestBody sent = RequestBody.create(body.toString(), MediaType.get(type));
    return answer(writing.newCall(request(path, JSON).newBuilder().method(method, sent).build()));
  }

  /** Lets the client add what it knows of the caller's identity. */
  private Request request(String path, String accept) throws IOException {
    try {
      return client.buildRequest(
          client.getBasePath(),
          path,
          "GET",
          List.of(),
          List.of(),
          null,
          new HashMap<>(Map.of("Accept", accept)),
          new HashMap<>(),
          new HashMap<>(),
          new String[] {"BearerToken"},
          null);
    } catch (ApiException e) {
      throw new IOException("cannot ask for " + path + ": " + e.getMessage(), e);
    }
  }

  private static Answer answer(Call call) throws IOException {
    try (Response response = call.execute()) {
      return new Answer(response.code(), tree(response.body().string()));
    }
  }

  static JsonObject tree(String text) {
    try {
      if (JsonParser.parseString(text) instanceof JsonObject object) {
        return object;
      }
    } catch (JsonParseException e) {
      // Some paths answer in plain text, and so does whatever stands before the server.
    }
    JsonObject plain = new JsonObject();
    plain.addProperty("message", text.strip());
    return plain;
  }
}
