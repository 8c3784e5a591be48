package ai.greenthread.cli.cluster;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.Naming;
import com.google.gson.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The pods of Models, and the ways to their sidecars through the API server. */
final class ReplicaPods {
  private static final String SELECTOR = "labelSelector=" + Naming.APP + "%3D" + Naming.APP_MODEL;

  private final ClusterApi api;
  private final ClusterFailures failures;

  ReplicaPods(ClusterApi api, ClusterFailures failures) {
    this.api = api;
    this.failures = failures;
  }

  /**
   * One replica's pod.
   *
   * @param notYet why it cannot be spoken to; empty where it can
   */
  record Replica(
      String namespace, String model, String name, int ordinal, Optional<String> notYet) {
    String path() {
      return "/api/v1/namespaces/" + namespace + "/pods/" + name;
    }

    /** A path of its sidecar. */
    String sidecar(String path) {
      return path() + ":" + Naming.SIDECAR_PORT + "/proxy" + path;
    }
  }

  /** Pods of one Model, by ordinal. */
  List<Replica> of(ModelRef model) {
    String one = SELECTOR + "," + Naming.MODEL + "%3D" + model.name();
    return list(
        "/api/v1/namespaces/" + model.namespace() + "/pods?" + one.replace("/", "%2F"),
        "list the pods of " + model);
  }

  /** Pods of all Models of a namespace, or of all. */
  List<Replica> within(Optional<String> namespace) {
    return list(path(namespace) + "?" + selector(), "list the pods of Models");
  }

  /** Where the pods of all Models are listed. */
  static String path(Optional<String> namespace) {
    return namespace.map(name -> "/api/v1/namespaces/" + name + "/pods").orElse("/api/v1/pods");
  }

  /** Query that finds the pods of Models. */
  static String selector() {
    return SELECTOR.replace("/", "%2F");
  }

  private List<Replica> list(String path, String what) {
    return Trees.items(api.get(path, what), "items").stream()
        .filter(pod -> !Trees.deleting(pod))
        .map(ReplicaPods::read)
        .sorted(Comparator.comparing(Replica::model).thenComparingInt(Replica::ordinal))
        .toList();
  }

  static Replica read(JsonObject pod) {
    String ordinal = Trees.label(pod, Naming.REPLICA).orElse("");
    return new Replica(
        Trees.namespace(pod),
        Trees.label(pod, Naming.MODEL).orElse(""),
        Trees.name(pod),
        ordinal.matches("[0-9]{1,9}") ? Integer.parseInt(ordinal) : Integer.MAX_VALUE,
        notYet(pod));
  }

  /** Why its sidecar cannot be asked yet, in the cluster's words. */
  private static Optional<String> notYet(JsonObject pod) {
    JsonObject status = Trees.at(pod, "status");
    for (JsonObject container : Trees.items(status, "containerStatuses")) {
      if (Trees.text(container, "name").equals(Optional.of(Naming.SIDECAR))) {
        JsonObject state = Trees.at(container, "state");
        if (state.has("running")) {
          return Optional.empty();
        }
        JsonObject why = Trees.at(state, state.has("waiting") ? "waiting" : "terminated");
        return Optional.of(
            Trees.text(why, "reason").orElse("its sidecar has not begun")
                + Trees.text(why, "message").map(words -> ", " + words).orElse(""));
      }
    }
    return Trees.items(status, "conditions").stream()
        .filter(condition -> Trees.text(condition, "type").equals(Optional.of("PodScheduled")))
        .filter(condition -> Trees.text(condition, "status").equals(Optional.of("False")))
        .flatMap(condition -> Trees.text(condition, "message").stream())
        .map(message -> "not scheduled, " + message)
        .findFirst()
        .or(() -> Optional.of(Trees.text(status, "phase").orElse("Pending")));
  }

  /** The replica, if its sidecar can be spoken to. */
  Replica requireRunning(Replica replica) {
    if (replica.notYet().isPresent()) {
      throw failures.notRunning(replica.name(), replica.notYet().get());
    }
    return replica;
  }
}
