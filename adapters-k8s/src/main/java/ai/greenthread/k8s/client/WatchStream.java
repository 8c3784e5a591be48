package ai.greenthread.k8s.client;

import com.google.gson.JsonObject;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import okhttp3.Call;
import okhttp3.Response;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * The events of one watch: {@code {"type", "object"}}. Belongs to one thread; any other may {@link
 * #cancel} it.
 */
public final class WatchStream implements Closeable {
  /** Above etcd's largest object, 1.5 MiB. */
  private static final long LONGEST_EVENT_BYTES = 8L << 20;

  private final Call call;
  private @Nullable Response response;

  WatchStream(Call call) {
    this.call = call;
  }

  /**
   * The next event; empty when the server ended the watch, which it does every few minutes. A watch
   * that is refused gives one event of type {@code ERROR} with the server's {@code Status}.
   *
   * @throws IOException when the connection broke or the watch was closed
   */
  public Optional<JsonObject> next() throws IOException {
    Response stream = response;
    if (stream == null) {
      stream = call.execute();
      response = stream;
      if (!stream.isSuccessful()) {
        return Optional.of(refused(stream));
      }
    }
    BufferedSource source = stream.body().source();
    if (!stream.isSuccessful() || source.exhausted()) {
      return Optional.empty();
    }
    return Optional.of(JsonApi.tree(source.readUtf8LineStrict(LONGEST_EVENT_BYTES)));
  }

  private static JsonObject refused(Response response) throws IOException {
    JsonObject status = JsonApi.tree(response.body().string());
    if (!status.has("code")) {
      status.addProperty("code", response.code());
    }
    JsonObject event = new JsonObject();
    event.addProperty("type", "ERROR");
    event.add("object", status);
    return event;
  }

  /** Ends a read under way, and all later ones, with an {@link IOException}. */
  public void cancel() {
    call.cancel();
  }

  @Override
  public void close() {
    call.cancel();
    if (response != null) {
      response.close();
    }
  }
}
