package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Trees;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Tells the sidecars of a Model to wake or to sleep, all at once. */
final class Orders {
  private final ClusterApi api;
  private final ClusterFailures failures;

  Orders(ClusterApi api, ClusterFailures failures) {
    this.api = api;
    this.failures = failures;
  }

  /** What all replicas say together, in the shape in which one says it. */
  JsonNode give(List<ReplicaPods.Replica> replicas, String verb) {
    List<Future<JsonNode>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (ReplicaPods.Replica replica : replicas) {
        answers.add(threads.submit(() -> order(replica, verb)));
      }
    }
    List<JsonNode> said = answers.stream().map(Orders::result).toList();
    return said.size() == 1 ? said.getFirst() : together(replicas, said);
  }

  /** The first failure of several is the one that is told; the others did what they could. */
  private static JsonNode result(Future<JsonNode> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof CliException failure
          ? failure
          : new IllegalStateException("a bug in an order", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCode.FAILED, "interrupted", "run the command again", e);
    }
  }

  private JsonNode order(ReplicaPods.Replica replica, String verb) {
    Answer answer =
        api.askPatiently(raw -> raw.create(replica.sidecar("/api/" + verb), new JsonObject()));
    if (answer.ok()) {
      return ClusterApi.node(answer.body());
    }
    if (ClusterApi.byPod(answer)) {
      throw new CliException(
          ExitCode.FAILED,
          replica.name()
              + ": "
              + Trees.text(Trees.at(answer.body(), "error"), "message").orElse("it refused"),
          "see what it is doing: gtctl describe model " + replica.model());
    }
    throw failures.refused(verb + " " + replica.name(), answer);
  }

  private static JsonNode together(List<ReplicaPods.Replica> replicas, List<JsonNode> said) {
    boolean timedOut = said.stream().anyMatch(each -> each.path("timed_out").asBoolean(false));
    ObjectNode tree = Json.mapper().createObjectNode();
    tree.put("status", timedOut ? "failed" : "ok");
    tree.put("old_state", states(said, "old_state"));
    tree.put("new_state", states(said, "new_state"));
    tree.put(
        "duration_ms",
        said.stream().mapToLong(each -> each.path("duration_ms").asLong(0)).max().orElse(0));
    tree.put("timed_out", timedOut);
    ArrayNode each = tree.putArray("replicas");
    for (int i = 0; i < said.size(); i++) {
      ObjectNode one = each.addObject().put("name", replicas.get(i).name());
      said.get(i).properties().forEach(field -> one.set(field.getKey(), field.getValue()));
    }
    return tree;
  }

  private static String states(List<JsonNode> said, String field) {
    return ModelView.together(said.stream().map(each -> each.path(field).asText("")));
  }
}
