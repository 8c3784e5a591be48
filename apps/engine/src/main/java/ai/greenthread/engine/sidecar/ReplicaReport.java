package ai.greenthread.engine.sidecar;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells the Model's status when this replica fails to wake, and when it is well again, in an entry
 * of its own: {@code status.replicaStatuses[]}. A model that only sleeps and wakes writes nothing.
 */
final class ReplicaReport implements SidecarListener {
  private static final System.Logger LOG = System.getLogger(ReplicaReport.class.getName());
  private static final int LONGEST_REASON = 500;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  /** Replicas that report at the same moment. */
  private static final int ATTEMPTS = 20;

  private static final Duration FIRST_AGAIN = Duration.ofMillis(500);
  private static final Duration LAST_AGAIN = Duration.ofSeconds(30);

  private final JsonApi api;
  private final ReplicaId replica;
  private final String podUid;
  private final Executor inOrder;

  private final Lock lock = new ReentrantLock();
  private final Condition replaced = lock.newCondition();

  /** What was said last; whatever was said before and is not written yet is of no use any more. */
  private volatile String said = "";

  /**
   * @param inOrder runs one task after the other; each may take until its report is written or a
   *     newer one is given
   */
  ReplicaReport(JsonApi api, ReplicaId replica, String podUid, Executor inOrder) {
    this.api = api;
    this.replica = replica;
    this.podUid = podUid;
    this.inOrder = inOrder;
  }

  @Override
  public void stepped(ReplicaId who, State before, Event event, State after, Instant now) {
    switch (after) {
      case State.Failed failed -> tell("failed", failed.reason(), now);
      case State.Booting booting when !booting.reason().isEmpty() ->
          tell("failed", booting.reason(), now);
      case State.Pending pending when event instanceof Event.NeverFits ->
          tell("failed", pending.reason(), now);
      case State.Sleeping _, State.Serving _ -> tell("booted", "", now);
      case State.Booting _,
          State.Pending _,
          State.Waking _,
          State.Deactivating _,
          State.Releasing _,
          State.Stopped _ -> {
        // Passing.
      }
    }
  }

  private void tell(String state, String reason, Instant now) {
    String next = state + " " + reason;
    if (next.equals(said)) {
      return;
    }
    lock.lock();
    try {
      said = next;
      replaced.signalAll();
    } finally {
      lock.unlock();
    }
    JsonObject entry = entry(state, reason, now);
    inOrder.execute(() -> write(next, entry));
  }

  private JsonObject entry(String state, String reason, Instant now) {
    JsonObject entry =
        Trees.object(
            "name",
            replica.podName(),
            "podUID",
            podUid,
            "state",
            state,
            "since",
            now.truncatedTo(ChronoUnit.SECONDS));
    if (!reason.isEmpty()) {
      entry.addProperty(
          "reason",
          reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) : reason);
    }
    return entry;
  }

  /**
   * Until it is written or a newer one is given: no further step may come for hours, and what is
   * told of the replica would be wrong as long.
   */
  private void write(String saying, JsonObject entry) {
    Duration again = FIRST_AGAIN;
    while (said.equals(saying) && !written(entry)) {
      if (!pause(saying, again)) {
        return;
      }
      again = again.multipliedBy(2);
      again = again.compareTo(LAST_AGAIN) < 0 ? again : LAST_AGAIN;
    }
  }

  /**
   * Puts the entry beside those of other replicas. Not by server-side apply: API servers of 1.20
   * lose the entries of others in objects that were not made by it.
   */
  private boolean written(JsonObject entry) {
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Answer model = api.get(Resource.MODEL.path(namespace(), name()));
        if (model.status() == NOT_FOUND) {
          // A Model that is gone wants no report.
          return true;
        }
        Answer answer = model.ok() ? put(entry, model.body()) : model;
        if (answer.ok()) {
          return true;
        }
        if (answer.status() != CONFLICT) {
          LOG.log(System.Logger.Level.INFO, "the report was refused: {0}", answer.describe());
          return false;
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "the report did not arrive: {0}", e.getMessage());
    }
    return false;
  }

  private Answer put(JsonObject entry, JsonObject model) throws IOException {
    List<JsonObject> entries = new ArrayList<>();
    for (JsonObject other : Trees.items(Trees.at(model, "status"), "replicaStatuses")) {
      if (!Trees.text(other, "name").equals(Optional.of(replica.podName()))) {
        entries.add(other);
      }
    }
    entries.add(entry);
    JsonObject patch = Trees.object("status", Trees.object("replicaStatuses", entries));
    Trees.text(Trees.at(model, "metadata"), "resourceVersion")
        .ifPresent(version -> patch.add("metadata", Trees.object("resourceVersion", version)));
    return api.mergePatch(Resource.MODEL.statusPath(namespace(), name()), patch);
  }

  private String namespace() {
    return replica.model().namespace();
  }

  private String name() {
    return replica.model().name();
  }

  /** Waits until a newer report is given, but no longer than so; false when this sidecar ends. */
  private boolean pause(String saying, Duration longest) {
    lock.lock();
    try {
      long left = longest.toNanos();
      while (said.equals(saying) && left > 0) {
        left = replaced.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void refused(ReplicaId who, Refusal refusal) {
    // A matter between the replica and its client.
  }
}
