package ai.greenthread.engine.cluster;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.client.WatchStream;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.GpuObjects;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Victim;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * Every version of every GPU object from its start on, as the API server's watch tells them, and
 * what of it broke a promise. It does not fill gaps: a watch that ends early is itself a fault.
 */
final class LedgerHistory implements AutoCloseable {
  private static final int LONGEST_SECONDS = 3_600;

  private final WatchStream stream;
  private final Thread reader;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final List<String> faults = new ArrayList<>();
  private final List<Duration> preemptions = new ArrayList<>();
  private final Map<String, DeviceRecord> last = new HashMap<>();
  private final Map<Victim, Long> named = new HashMap<>();
  private final Map<Victim, Instant> namedAt = new HashMap<>();

  /** Each counts once, on whichever of its devices it was named and left first. */
  private final Set<Victim> left = new HashSet<>();

  private long versions;
  private long wakes;
  private volatile boolean closed;

  /** Begins with the objects as they are. */
  LedgerHistory(JsonApi api, String namespace) throws IOException {
    JsonObject list = api.get(Resource.GPU.path(namespace)).body();
    Trees.items(list, "items").forEach(item -> last.put(Trees.name(item), GpuObjects.read(item)));
    String version = Trees.text(Trees.at(list, "metadata"), "resourceVersion").orElseThrow();
    this.stream =
        api.watch(
            Resource.GPU.path(namespace)
                + "?watch=true&timeoutSeconds="
                + LONGEST_SECONDS
                + "&resourceVersion="
                + version);
    this.reader = Thread.ofPlatform().name("ledger history").start(this::read);
  }

  private void read() {
    try {
      Optional<JsonObject> event = stream.next();
      while (event.isPresent()) {
        take(event.get());
        event = stream.next();
      }
      fault("the watch ended");
    } catch (IOException e) {
      if (!closed) {
        fault("the watch broke: " + e.getMessage());
      }
    } finally {
      ended.countDown();
    }
  }

  private synchronized void fault(String what) {
    faults.add(what);
  }

  private synchronized void take(JsonObject event) {
    long now = System.nanoTime();
    JsonObject object = Trees.at(event, "object");
    if (!Trees.text(event, "type").equals(Optional.of("MODIFIED"))) {
      faults.add("a GPU object was " + Trees.text(event, "type").orElse("?"));
      return;
    }
    DeviceRecord next = GpuObjects.read(object);
    DeviceRecord before = last.put(Trees.name(object), next);
    versions++;
    if (next.isOvercommitted()) {
      faults.add("overcommitted: " + next);
    }
    if (before == null) {
      return;
    }
    for (Occupant occupant : next.occupants()) {
      compare(next, before.occupant(occupant.replica()), occupant, now);
    }
    for (Intent intent : next.intents()) {
      for (Victim victim : intent.victims()) {
        named.putIfAbsent(victim, now);
        namedAt.putIfAbsent(victim, Instant.now());
      }
    }
  }

  private void compare(DeviceRecord at, Optional<Occupant> was, Occupant is, long now) {
    long before = was.map(Occupant::generation).orElse(-1L);
    if (is.generation() < before) {
      faults.add(is.replica() + " went back from generation " + before + " in " + at);
    }
    OccupantState from = was.map(Occupant::state).orElse(OccupantState.SLEEPING);
    if (from == is.state()) {
      return;
    }
    switch (is.state()) {
      case SERVING -> {
        wakes++;
        if (from != OccupantState.WAKING) {
          faults.add(is.replica() + " serves without having woken in " + at);
        }
      }
      case DRAINING -> {
        Victim victim = new Victim(is.replica(), before);
        Long asked = named.get(victim);
        if (asked != null && left.add(victim)) {
          preemptions.add(Duration.ofNanos(now - asked));
        }
      }
      case WAKING -> {
        if (at.lock().filter(lock -> lock.holder().equals(is.replica())).isEmpty()) {
          faults.add(is.replica() + " wakes without the lock in " + at);
        }
      }
      case SLEEPING, CONVERTING -> {}
    }
  }

  /** What broke a promise. */
  synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  /** From a victim's name in an intent to its occupant's mark that its barrier is up. */
  synchronized List<Duration> preemptions() {
    return preemptions.stream().sorted().toList();
  }

  /** When each victim was seen named first. */
  synchronized Map<Victim, Instant> namings() {
    return Map.copyOf(namedAt);
  }

  /** Versions seen. */
  synchronized long versions() {
    return versions;
  }

  /** Occupants that began to serve; a replica on two devices counts twice. */
  synchronized long wakes() {
    return wakes;
  }

  @Override
  public void close() {
    closed = true;
    stream.cancel();
    reader.interrupt();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
