package ai.greenthread.cli.cluster;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Trees;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Adds to a Model what only its sidecars know: queues, and states that pass quickly. */
final class CloseUp {
  private CloseUp() {}

  /** Changes {@code model}; a replica that does not answer keeps what is known of it. */
  static void of(ClusterApi api, List<ReplicaPods.Replica> replicas, ObjectNode model) {
    ObjectNode status = model.withObject("/status");
    ArrayNode entries = status.withArray("/replicaStatuses");
    Map<String, ObjectNode> known = new HashMap<>();
    for (JsonNode entry : entries) {
      if (entry instanceof ObjectNode object) {
        known.put(entry.path("name").asText(""), object);
      }
    }
    for (ReplicaPods.Replica replica : replicas) {
      ObjectNode entry =
          known.computeIfAbsent(replica.name(), name -> entries.addObject().put("name", name));
      if (replica.notYet().isPresent()) {
        entry.put("reason", entry.path("reason").asText(replica.notYet().get()));
      } else {
        ask(api, replica, entry);
      }
    }
  }

  private static void ask(ClusterApi api, ReplicaPods.Replica replica, ObjectNode entry) {
    Answer answer = api.ask(raw -> raw.get(replica.sidecar("/status")));
    if (!answer.ok()) {
      return;
    }
    JsonObject queue = Trees.at(answer.body(), "queue");
    entry.put("inFlight", Trees.number(queue, "inFlight"));
    entry.put("queued", Trees.number(queue, "queued") + Trees.number(queue, "barriered"));
    String state = Trees.text(answer.body(), "state").orElse("");
    if (!state.isEmpty() && !state.equals(entry.path("state").asText(""))) {
      entry.put("state", state);
      // Whatever time is known belongs to the state before.
      entry.remove("since");
    }
  }
}
