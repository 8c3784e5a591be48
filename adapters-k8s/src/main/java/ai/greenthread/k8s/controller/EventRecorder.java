package ai.greenthread.k8s.controller;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Tells people what was done and what stands in the way, as Events of an object. The same thing
 * said again counts up the Event that is there. An Event that cannot be written is no fault.
 */
public final class EventRecorder {
  private static final System.Logger LOG = System.getLogger(EventRecorder.class.getName());

  /** The same thing is not written more often. */
  private static final Duration SAME = Duration.ofSeconds(30);

  private static final int REMEMBERED = 4_000;
  private static final int LONGEST_MESSAGE = 1_000;

  private final JsonApi api;
  private final String component;
  private final String instance;
  private final InstantSource clock;
  private final Executor threads;
  private final Map<Said, Written> said =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Said, Written> eldest) {
          return size() > REMEMBERED;
        }
      };

  private record Said(String uid, String reason, String message) {}

  private record Written(String name, int count, Instant first, Instant last) {}

  /** Whether somebody should worry. */
  public enum Kind {
    NORMAL("Normal"),
    WARNING("Warning");

    private final String wireName;

    Kind(String wireName) {
      this.wireName = wireName;
    }
  }

  /**
   * A recorder.
   *
   * @param component which part of the engine speaks
   * @param instance which process of it
   */
  public EventRecorder(
      JsonApi api, String component, String instance, InstantSource clock, Executor threads) {
    this.api = api;
    this.component = component;
    this.instance = instance;
    this.clock = clock;
    this.threads = threads;
  }

  /**
   * Says something of an object; returns at once.
   *
   * @param about the object; its kind, name and uid are used
   * @param reason one word
   */
  public void tell(JsonObject about, Kind kind, String reason, String message) {
    String text =
        message.length() > LONGEST_MESSAGE ? message.substring(0, LONGEST_MESSAGE) : message;
    Said key = new Said(Trees.uid(about), reason, text);
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Written before;
    Written next;
    synchronized (said) {
      before = said.get(key);
      if (before != null && now.isBefore(before.last().plus(SAME))) {
        return;
      }
      next =
          before == null
              ? new Written(name(about, now, key), 1, now, now)
              : new Written(before.name(), before.count() + 1, before.first(), now);
      said.put(key, next);
    }
    threads.execute(() -> write(about, kind, key, next, before != null));
  }

  private static String name(JsonObject about, Instant now, Said key) {
    return Trees.name(about)
        + "."
        + Long.toHexString(now.toEpochMilli())
        + Integer.toHexString(key.hashCode());
  }

  private void write(JsonObject about, Kind kind, Said key, Written event, boolean again) {
    String namespace = Trees.namespace(about);
    String path = "/api/v1/namespaces/" + namespace + "/events";
    try {
      if (again) {
        Answer patched =
            api.mergePatch(
                path + "/" + event.name(),
                Trees.object("count", event.count(), "lastTimestamp", event.last()));
        if (patched.status() != 404) {
          return;
        }
      }
      Answer created = api.create(path, object(about, namespace, kind, key, event));
      if (!created.ok()) {
        LOG.log(System.Logger.Level.DEBUG, "an Event was refused: {0}", created.describe());
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "an Event is lost: {0}", e.getMessage());
    }
  }

  private JsonObject object(
      JsonObject about, String namespace, Kind kind, Said key, Written event) {
    return Trees.object(
        "apiVersion",
        "v1",
        "kind",
        "Event",
        "metadata",
        Trees.object("name", event.name(), "namespace", namespace),
        "involvedObject",
        Trees.object(
            "apiVersion",
            Trees.text(about, "apiVersion").orElse(""),
            "kind",
            Trees.text(about, "kind").orElse(""),
            "namespace",
            namespace,
            "name",
            Trees.name(about),
            "uid",
            Trees.uid(about)),
        "type",
        kind.wireName,
        "reason",
        key.reason(),
        "message",
        key.message(),
        "count",
        event.count(),
        "firstTimestamp",
        event.first(),
        "lastTimestamp",
        event.last(),
        "source",
        Trees.object("component", component),
        "reportingComponent",
        component,
        "reportingInstance",
        instance);
  }
}
