package ai.greenthread.k8s.client;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A local copy of all objects of one kind, or of those that match a selector, kept up to date by
 * watching. After a cut it watches on from the last version it saw; when the server no longer
 * remembers that far back it lists anew and tells the difference, so that every object's last state
 * is heard. Reading never waits. Safe for use by many threads.
 */
public final class Mirror implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Mirror.class.getName());

  private static final int GONE = 410;
  private static final int STREAM_SECONDS = 300;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final JsonApi api;
  private final String path;
  private final String selector;
  private final RandomGenerator random;
  private final Map<String, JsonObject> objects = new ConcurrentHashMap<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, Map<String, JsonObject>> groups = new ConcurrentHashMap<>();
  private Function<JsonObject, Optional<String>> group = object -> Optional.empty();
  private final CountDownLatch filled = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean closed;
  private volatile @Nullable WatchStream stream;
  private String position = "";
  private Duration pause = FIRST_PAUSE;

  /** Hears of changes, one after the other, on the mirror's thread; it must not block for long. */
  @FunctionalInterface
  public interface Listener {
    /**
     * An object came, changed or went.
     *
     * @param before as it was known; empty when it came
     * @param after as it is; empty when it went
     */
    void changed(Optional<JsonObject> before, Optional<JsonObject> after);
  }

  /**
   * A mirror that is not started yet.
   *
   * @param path of the objects' list, in one namespace or in all
   * @param selector query such as {@code labelSelector=…}, encoded; empty for all objects
   * @param random spreads the reconnections of many clients
   */
  public Mirror(JsonApi api, String path, String selector, RandomGenerator random) {
    this.api = api;
    this.path = path;
    this.selector = selector;
    this.random = random;
    this.thread = Thread.ofVirtual().name("mirror " + path).unstarted(this::run);
  }

  /** Tells {@code listener} of all changes from now on; call it before {@link #start}. */
  public void listen(Listener listener) {
    listeners.add(listener);
  }

  /** Keeps objects together that have the same key; call it before {@link #start}. */
  public void groupBy(Function<JsonObject, Optional<String>> key) {
    group = key;
  }

  /** The objects of one group, in no order. */
  public Collection<JsonObject> group(String key) {
    Map<String, JsonObject> members = groups.get(key);
    return members == null ? List.of() : List.copyOf(members.values());
  }

  /** Begins to fill it. */
  public void start() {
    thread.start();
  }

  /** Waits until the first list is in; false when time is up. */
  public boolean awaitFilled(Duration patience) throws InterruptedException {
    return filled.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The object of that name; an empty namespace for objects of the whole cluster. */
  public Optional<JsonObject> find(String namespace, String name) {
    return Optional.ofNullable(objects.get(key(namespace, name)));
  }

  /** All objects, in no order. */
  public Collection<JsonObject> all() {
    return List.copyOf(objects.values());
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }

  private static String key(JsonObject object) {
    return key(Trees.namespace(object), Trees.name(object));
  }

  private void run() {
    try {
      while (!closed) {
        try {
          if (position.isEmpty()) {
            list();
            filled.countDown();
          }
          watch();
          pause = FIRST_PAUSE;
        } catch (IOException e) {
          if (!closed) {
            rest(e);
          }
        }
      }
    } catch (InterruptedException e) {
      // Closed while it rested.
      Thread.currentThread().interrupt();
    }
  }

  private void rest(IOException why) throws InterruptedException {
    LOG.log(
        System.Logger.Level.INFO,
        "{0} is read again in {1} ms: {2}",
        path,
        pause.toMillis(),
        why.getMessage());
    Thread.sleep(pause.toMillis() / 2 + random.nextLong(pause.toMillis()));
    Duration longer = pause.multipliedBy(2);
    pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
  }

  private void list() throws IOException {
    Set<String> present = new HashSet<>();
    // Known only once all pages are in: a list that broke off has to be read again from its start.
    String listed =
        api.list(
            path,
            selector,
            item -> {
              present.add(key(item));
              put(item);
            });
    for (String gone : new ArrayList<>(objects.keySet())) {
      if (!present.contains(gone)) {
        remove(gone);
      }
    }
    position = listed;
  }

  private void watch() throws IOException, InterruptedException {
    int seconds = STREAM_SECONDS + random.nextInt(STREAM_SECONDS / 2);
    try (WatchStream events =
        api.watch(
            path
                + "?watch=true&allowWatchBookmarks=true&timeoutSeconds="
                + seconds
                + (selector.isEmpty() ? "" : "&" + selector)
                + "&resourceVersion="
                + position)) {
      stream = events;
      if (closed) {
        return;
      }
      Optional<JsonObject> event = events.next();
      while (event.isPresent()) {
        take(event.get());
        pause = FIRST_PAUSE;
        event = events.next();
      }
    } finally {
      stream = null;
    }
  }

  private void take(JsonObject event) throws IOException {
    JsonObject object = Trees.at(event, "object");
    String type = Trees.text(event, "type").orElse("");
    switch (type) {
      case "ADDED", "MODIFIED" -> put(object);
      case "DELETED" -> remove(key(object));
      case "BOOKMARK" -> {}
      default -> {
        if (Trees.number(object, "code") == GONE) {
          position = "";
        }
        throw new IOException("the watch ended: " + Trees.text(object, "message").orElse(type));
      }
    }
    position = Trees.text(Trees.at(object, "metadata"), "resourceVersion").orElse(position);
  }

  private void put(JsonObject object) {
    // By far the largest part of many objects, and of no use to anybody here.
    Trees.at(object, "metadata").remove("managedFields");
    String key = key(object);
    JsonObject before = objects.put(key, object);
    Optional<String> now = group.apply(object);
    now.ifPresent(
        name -> groups.computeIfAbsent(name, none -> new ConcurrentHashMap<>()).put(key, object));
    if (before != null && !group.apply(before).equals(now)) {
      leave(key, before);
    }
    if (before == null || !version(before).equals(version(object))) {
      tell(Optional.ofNullable(before), Optional.of(object));
    }
  }

  private static Optional<String> version(JsonObject object) {
    return Trees.text(Trees.at(object, "metadata"), "resourceVersion");
  }

  private void remove(String key) {
    JsonObject before = objects.remove(key);
    if (before != null) {
      leave(key, before);
      tell(Optional.of(before), Optional.empty());
    }
  }

  private void leave(String key, JsonObject object) {
    group
        .apply(object)
        .ifPresent(name ->
            groups.computeIfPresent(
                name,
                (same, members) -> {
                  members.remove(key);
                  return members.isEmpty() ? null : members;
                }));
  }

  private void tell(Optional<JsonObject> before, Optional<JsonObject> after) {
    for (Listener listener : listeners) {
      try {
        listener.changed(before, after);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "a bug in a listener of " + path, e);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    WatchStream open = stream;
    if (open != null) {
      open.cancel();
    }
    thread.interrupt();
  }
}
