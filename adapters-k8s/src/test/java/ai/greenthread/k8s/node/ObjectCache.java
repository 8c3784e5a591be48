package ai.greenthread.k8s.node;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.WatchStream;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one list as a watch keeps them up to date; after a cut it lists again. A list that
 * the server does not have, as the kind is not defined, is empty and asked for now and then.
 */
public final class ObjectCache implements AutoCloseable {
  private static final Duration REST = Duration.ofMillis(300);
  private static final Duration REST_WITHOUT_KIND = Duration.ofSeconds(2);

  private final JsonApi api;
  private final String path;
  private final Runnable changed;
  private final Thread watcher;
  private volatile Map<String, JsonObject> objects = new ConcurrentHashMap<>();
  private volatile boolean listed;
  private volatile boolean paused;
  private volatile boolean closed;
  private volatile @Nullable WatchStream stream;

  /**
   * A cache that is not started yet.
   *
   * @param path of the list; it may have a query
   * @param changed called after each change, by the thread that watches
   */
  public ObjectCache(JsonApi api, String path, Runnable changed) {
    this.api = api;
    this.path = path;
    this.changed = changed;
    this.watcher = Thread.ofVirtual().name("watch " + path).unstarted(this::run);
  }

  public void start() {
    watcher.start();
  }

  /** Whether the server has been heard at least once. */
  public boolean listed() {
    return listed;
  }

  public Collection<JsonObject> all() {
    return List.copyOf(objects.values());
  }

  public Optional<JsonObject> byUid(String uid) {
    return Optional.ofNullable(objects.get(uid));
  }

  public Optional<JsonObject> byName(String namespace, String name) {
    return objects.values().stream()
        .filter(object -> Tree.text("", object, "metadata", "name").equals(name))
        .filter(object -> Tree.text("", object, "metadata", "namespace").equals(namespace))
        .findFirst();
  }

  /** Hears nothing of the server until {@link #resume}, like a machine off the network. */
  public void pause() {
    paused = true;
    cancel();
  }

  public void resume() {
    paused = false;
    LockSupport.unpark(watcher);
  }

  private void run() {
    while (!closed) {
      Duration rest = REST;
      if (!paused) {
        try {
          rest = listAndWatch();
        } catch (IOException | RuntimeException e) {
          // The server is away or ended the watch: the next list tells what was missed.
        }
      }
      if (!closed) {
        LockSupport.parkNanos(rest.toNanos());
      }
    }
  }

  private Duration listAndWatch() throws IOException {
    Answer answer = api.get(path);
    if (answer.status() == 404) {
      replace(Map.of());
      return REST_WITHOUT_KIND;
    }
    if (!answer.ok() || paused) {
      return REST;
    }
    String version = Tree.text("", answer.body(), "metadata", "resourceVersion");
    replace(
        Tree.objects(answer.body(), "items").stream()
            .collect(Collectors.toMap(ObjectCache::uid, object -> object)));
    String query = (path.contains("?") ? "&" : "?") + "watch=true&resourceVersion=" + version;
    try (WatchStream events = api.watch(path + query)) {
      stream = events;
      if (paused || closed) {
        return REST;
      }
      for (Optional<JsonObject> event = events.next();
          event.isPresent() && !paused;
          event = events.next()) {
        JsonObject object = Tree.object(event.get(), "object");
        switch (Tree.text("", event.get(), "type")) {
          case "ADDED", "MODIFIED" -> objects.put(uid(object), object);
          case "DELETED" -> objects.remove(uid(object));
          default -> {
            return REST;
          }
        }
        changed.run();
      }
    } finally {
      stream = null;
    }
    return REST;
  }

  private void replace(Map<String, JsonObject> now) {
    objects = new ConcurrentHashMap<>(now);
    listed = true;
    changed.run();
  }

  private static String uid(JsonObject object) {
    return Tree.text("", object, "metadata", "uid");
  }

  private void cancel() {
    WatchStream open = stream;
    if (open != null) {
      open.cancel();
    }
  }

  @Override
  public void close() {
    closed = true;
    cancel();
    LockSupport.unpark(watcher);
  }
}
