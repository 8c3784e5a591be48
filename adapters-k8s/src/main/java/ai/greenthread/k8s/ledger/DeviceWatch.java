package ai.greenthread.k8s.ledger;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.WatchStream;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Hears of one device, on one virtual thread, until it is closed. It watches from the last version
 * it has seen; when the server no longer remembers that far back, or something broke, it reads the
 * object and goes on from there, so that the last record is always heard.
 */
final class DeviceWatch {
  private static final System.Logger LOG = System.getLogger(DeviceWatch.class.getName());

  private static final int GONE = 410;

  /** The server ends a watch after this long, so that a dead one cannot stay unnoticed for ever. */
  private static final int SHORTEST_STREAM_SECONDS = 240;

  private static final int LONGEST_STREAM_SECONDS = 360;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final JsonApi api;
  private final String namespace;
  private final GpuId device;
  private final RandomGenerator random;
  private final Consumer<DeviceRecord> listener;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private boolean closed;
  private @Nullable WatchStream stream;

  /** Where the next stream begins; zero while the server could not be asked. */
  private long position;

  /** Version of the last record that is known. */
  private long known;

  private Duration pause = FIRST_PAUSE;

  DeviceWatch(
      JsonApi api,
      String namespace,
      GpuId device,
      RandomGenerator random,
      Consumer<DeviceRecord> listener) {
    this.api = api;
    this.namespace = namespace;
    this.device = device;
    this.random = random;
    this.listener = listener;
  }

  /**
   * Fixes where the watch begins: all that is stored after this returns is heard. Where the server
   * cannot be asked now, the first record that can be read is heard.
   */
  void start() {
    try {
      JsonObject list = list();
      for (JsonElement item : list.getAsJsonArray("items")) {
        known = GpuObjects.version(item.getAsJsonObject());
      }
      position = GpuObjects.version(list);
    } catch (IOException | IllegalArgumentException e) {
      LOG.log(System.Logger.Level.WARNING, "{0} is watched later: {1}", device, e.getMessage());
    }
    Thread.ofVirtual().name("watch " + device).start(this::run);
  }

  private void run() {
    boolean lost = position == 0;
    while (!isClosed()) {
      long began = System.nanoTime();
      try {
        if (lost) {
          readAgain();
        }
        lost = !follow();
      } catch (IOException e) {
        // What was heard so far stands: the next stream begins where this one stopped.
        broke(e);
      } catch (RuntimeException e) {
        broke(e);
        lost = true;
      }
      if (System.nanoTime() - began > LONGEST_PAUSE.toNanos()) {
        pause = FIRST_PAUSE;
      } else {
        rest();
      }
    }
  }

  /** Says so once for each row of failures. */
  private void broke(Exception e) {
    if (!isClosed()) {
      boolean first = pause.equals(FIRST_PAUSE);
      LOG.log(
          first ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
          "the watch of {0} broke: {1}",
          device,
          e.getMessage());
    }
  }

  private void readAgain() throws IOException {
    JsonObject list = list();
    for (JsonElement item : list.getAsJsonArray("items")) {
      heard(item.getAsJsonObject());
    }
    position = GpuObjects.version(list);
  }

  /**
   * The device in a list of one. The list's version is the store's own, whereas the object's may be
   * so old that no watch can begin there.
   */
  private JsonObject list() throws IOException {
    Answer answer = api.get(Resource.GPU.path(namespace) + "?" + selector());
    if (!answer.ok()) {
      throw new IOException(answer.describe());
    }
    return answer.body();
  }

  private String selector() {
    return "fieldSelector=metadata.name%3D" + device.objectName();
  }

  /** Hears one stream to its end; false when the server does not remember its beginning. */
  private boolean follow() throws IOException {
    String query =
        "?watch=true&allowWatchBookmarks=true&"
            + selector()
            + "&resourceVersion="
            + position
            + "&timeoutSeconds="
            + random.nextInt(SHORTEST_STREAM_SECONDS, LONGEST_STREAM_SECONDS);
    try (WatchStream events = api.watch(Resource.GPU.path(namespace) + query)) {
      if (!remember(events)) {
        return true;
      }
      while (true) {
        Optional<JsonObject> next = events.next();
        if (next.isEmpty()) {
          return true;
        }
        JsonObject object = next.get().getAsJsonObject("object");
        switch (next.get().get("type").getAsString()) {
          case "ADDED", "MODIFIED" -> {
            heard(object);
            position = GpuObjects.version(object);
          }
          case "BOOKMARK", "DELETED" -> position = GpuObjects.version(object);
          default -> {
            Answer refusal = new Answer(object.get("code").getAsInt(), object);
            if (refusal.status() == GONE) {
              return false;
            }
            throw new IOException(refusal.describe());
          }
        }
      }
    } finally {
      remember(null);
    }
  }

  /** Lets {@link #close} end the stream; false when it was closed already. */
  private boolean remember(@Nullable WatchStream events) {
    lock.lock();
    try {
      stream = events;
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void heard(JsonObject object) {
    long version = GpuObjects.version(object);
    if (version <= known) {
      return;
    }
    DeviceRecord record = GpuObjects.read(object);
    known = version;
    lock.lock();
    try {
      if (!closed) {
        listener.accept(record);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits longer each time in a row, up to a limit, and less by chance. */
  private void rest() {
    long nanos = pause.toNanos();
    pause = nanos * 2 > LONGEST_PAUSE.toNanos() ? LONGEST_PAUSE : pause.multipliedBy(2);
    long left = nanos / 2 + random.nextLong(nanos / 2 + 1);
    lock.lock();
    try {
      while (!closed && left > 0) {
        left = ended.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed || Thread.currentThread().isInterrupted();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing is heard once this returns. */
  void close() {
    lock.lock();
    try {
      closed = true;
      ended.signalAll();
      if (stream != null) {
        stream.cancel();
      }
    } finally {
      lock.unlock();
    }
  }
}
