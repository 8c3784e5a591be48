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
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Tells the Model's status when this replica fails to wake, and when it is well again, in an entry
 * of its own: {@code status.replicaStatuses[]}. A model that only sleeps and wakes writes nothing.
 */
final class ReplicaReport implements SidecarListener {
  private static final System.Logger LOG = System.getLogger(ReplicaReport.class.getName());
  private static final int LONGEST_REASON = 500;

  private final JsonApi api;
  private final ReplicaId replica;
  private final String podUid;
  private final Executor inOrder;

  /** What was said last; empty when that was lost, so that the next step says it again. */
  private volatile String said = "";

  /**
   * @param inOrder runs one task after the other
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
    said = next;
    inOrder.execute(() -> write(state, reason, now));
  }

  private void write(String state, String reason, Instant now) {
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
    JsonObject model =
        Trees.object(
            "apiVersion",
            Resource.API_VERSION,
            "kind",
            Resource.MODEL.kind(),
            "metadata",
            Trees.object("name", replica.model().name(), "namespace", replica.model().namespace()),
            "status",
            Trees.object("replicaStatuses", List.of(entry)));
    try {
      Answer answer =
          api.apply(
              Resource.MODEL.statusPath(replica.model().namespace(), replica.model().name()),
              model,
              "greenthread-sidecar-" + replica.ordinal());
      if (!answer.ok()) {
        said = "";
        LOG.log(System.Logger.Level.INFO, "the report was refused: {0}", answer.describe());
      }
    } catch (IOException e) {
      said = "";
      LOG.log(System.Logger.Level.INFO, "the report is lost: {0}", e.getMessage());
    }
  }

  @Override
  public void refused(ReplicaId who, Refusal refusal) {
    // A matter between the replica and its client.
  }
}
