package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.EventFeed;
import ai.greenthread.cli.client.SseEvents;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Mirror;
import ai.greenthread.k8s.client.OpenAnswer;
import ai.greenthread.k8s.client.Trees;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What sidecars tell and what Kubernetes was told about Models, in one feed: the past in order of
 * time, then everything as it arrives. Pods that come later are listened to as well.
 */
final class ClusterEvents implements EventFeed {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** A sidecar replays out of memory in one go; a pause this long means that it is over. */
  private static final Duration QUIET = Duration.ofMillis(400);

  /** Pause before a sidecar is listened to again. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  /** Ids of events of one pod that are told apart from new ones after a cut. */
  private static final int REMEMBERED = 10_000;

  private static final String EVENTS_OF_MODELS = "fieldSelector=involvedObject.kind%3DModel";

  private final ClusterApi api;
  private final Scope scope;
  private final Mirror events;
  private final Mirror pods;
  private final BlockingQueue<Optional<JsonNode>> arrived = new LinkedBlockingQueue<>();
  private final Set<String> followed = ConcurrentHashMap.newKeySet();
  private final Set<EventFeed> open = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable CliException> refusal = new AtomicReference<>();
  private final List<JsonNode> past = new ArrayList<>();
  private volatile boolean closed;

  /**
   * Of what.
   *
   * @param namespace empty for all
   * @param model its name; empty for all
   * @param replay so many past events at most
   */
  record Scope(Optional<String> namespace, Optional<String> model, int replay) {}

  private ClusterEvents(ClusterApi api, Scope scope) {
    this.api = api;
    this.scope = scope;
    var random = new SecureRandom();
    this.events = new Mirror(api.raw(), eventsPath(scope.namespace()), EVENTS_OF_MODELS, random);
    this.pods =
        new Mirror(api.raw(), ReplicaPods.path(scope.namespace()), ReplicaPods.selector(), random);
  }

  static String eventsPath(Optional<String> namespace) {
    return namespace.map(name -> "/api/v1/namespaces/" + name + "/events").orElse("/api/v1/events");
  }

  /** Opens the feed; what has happened is in it when this returns. */
  static ClusterEvents open(ClusterApi api, Scope scope) {
    // A mirror goes on trying where it is refused, and a person wants to know why.
    for (String path :
        List.of(eventsPath(scope.namespace()), ReplicaPods.path(scope.namespace()))) {
      Answer answer = api.ask(raw -> raw.get(path + "?limit=1"));
      api.expect(answer, path.endsWith("events") ? "list Events" : "list the pods of Models");
    }
    ClusterEvents feed = new ClusterEvents(api, scope);
    boolean complete = false;
    try {
      feed.begin();
      complete = true;
      return feed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return feed;
    } finally {
      if (!complete) {
        feed.close();
      }
    }
  }

  private void begin() throws InterruptedException {
    events.listen((_, after) -> after.filter(this::wanted).ifPresent(this::heard));
    pods.listen((_, after) -> after.ifPresent(this::seen));
    events.start();
    pods.start();
    events.awaitFilled(PATIENCE);
    pods.awaitFilled(PATIENCE);
    gather();
  }

  private boolean wanted(JsonObject event) {
    return scope
        .model()
        .map(
            name -> Trees.text(Trees.at(event, "involvedObject"), "name").equals(Optional.of(name)))
        .orElse(true);
  }

  private void heard(JsonObject event) {
    arrived.add(Optional.of(KubernetesEvent.envelope(event)));
  }

  /** Listens to a pod from the moment at which it can be spoken to, once. */
  private void seen(JsonObject pod) {
    ReplicaPods.Replica replica = ReplicaPods.read(pod);
    boolean wanted = scope.model().map(replica.model()::equals).orElse(true);
    if (wanted && replica.notYet().isEmpty() && followed.add(Trees.uid(pod))) {
      Thread.ofVirtual()
          .name("events of " + replica.name())
          .start(() -> follow(replica, Trees.uid(pod)));
    }
  }

  /** Listens for as long as the pod is there; its sidecar may end and come back meanwhile. */
  private void follow(ReplicaPods.Replica replica, String uid) {
    Set<String> heard = new HashSet<>();
    try {
      while (!closed && present(replica, uid)) {
        listen(replica, heard);
        Thread.sleep(AGAIN);
      }
    } catch (CliException e) {
      refusal.compareAndSet(null, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean present(ReplicaPods.Replica replica, String uid) {
    return pods.find(replica.namespace(), replica.name())
        .filter(pod -> Trees.uid(pod).equals(uid) && !Trees.deleting(pod))
        .isPresent();
  }

  private void listen(ReplicaPods.Replica replica, Set<String> heard) {
    OpenAnswer answer =
        api.open(
            "GET",
            replica.sidecar("/api/events?replay=" + scope.replay()),
            "text/event-stream",
            Optional.empty(),
            "listen to " + replica.name());
    try (EventFeed feed = new SseEvents(answer.body())) {
      open.add(feed);
      Optional<JsonNode> event = feed.next();
      while (event.isPresent() && !closed) {
        if (heard.size() > REMEMBERED) {
          heard.clear();
        }
        if (heard.add(event.get().path("id").asText())) {
          arrived.add(event);
        }
        event = feed.next();
      }
      open.remove(feed);
    } catch (IOException broken) {
      // The sidecar has gone, or this is closed.
    }
  }

  /** Takes what is there already, and puts it in order. */
  private void gather() throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Duration pause = followed.isEmpty() ? QUIET : QUIET.multipliedBy(2);
    while (System.nanoTime() < deadline) {
      Optional<JsonNode> event = arrived.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
      if (event == null) {
        break;
      }
      event
          .filter(node -> !node.path("type").asText("").equals("system_state"))
          .ifPresent(past::add);
    }
    past.sort(Comparator.comparingLong(node -> node.path("timestamp").asLong(0)));
    if (past.size() > scope.replay()) {
      past.subList(0, past.size() - scope.replay()).clear();
    }
  }

  /** Why a sidecar could not be listened to, if one could not. */
  Optional<CliException> refusal() {
    return Optional.ofNullable(refusal.get());
  }

  @Override
  public Optional<JsonNode> next() throws IOException {
    if (!past.isEmpty()) {
      return Optional.of(past.removeFirst());
    }
    try {
      return arrived.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    events.close();
    pods.close();
    open.forEach(EventFeed::close);
    arrived.add(Optional.empty());
  }
}
