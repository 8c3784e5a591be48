package ai.greenthread.k8s.controller;

import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.Naming;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A Model's pod as far as decisions need it.
 *
 * @param ordinal which replica; negative for a pod that says none
 * @param node it is bound to; empty while it is not
 * @param gpus names of its GPU objects
 * @param replaceHash of the spec it was made from
 * @param specHash of all of that spec but the number of replicas
 * @param deleting it is on its way out
 * @param ended its containers have ended and are not started again
 * @param listens its sidecar takes requests, if only to park them
 * @param ready it listens, and its sidecar says that it has booted
 * @param problem why it does not get on, in the cluster's words; empty where nothing is known
 */
record PodView(
    String name,
    String uid,
    int ordinal,
    String node,
    List<String> gpus,
    String replaceHash,
    String specHash,
    boolean deleting,
    boolean ended,
    boolean listens,
    boolean ready,
    String problem) {
  /** Reasons of a waiting container that pass by themselves. */
  private static final Set<String> PASSING = Set.of("ContainerCreating", "PodInitializing");

  PodView {
    gpus = List.copyOf(gpus);
  }

  static PodView of(JsonObject pod) {
    JsonObject status = Trees.at(pod, "status");
    String phase = Trees.text(status, "phase").orElse("");
    return new PodView(
        Trees.name(pod),
        Trees.uid(pod),
        number(Trees.label(pod, Naming.REPLICA)).map(Long::intValue).orElse(-1),
        Trees.text(Trees.at(pod, "spec"), "nodeName").orElse(""),
        Trees.annotation(pod, Naming.GPUS)
            .map(names -> List.of(names.split(",")))
            .orElse(List.of()),
        Trees.annotation(pod, Naming.REPLACE_HASH).orElse(""),
        Trees.annotation(pod, Naming.SPEC_HASH).orElse(""),
        Trees.deleting(pod),
        phase.equals("Failed") || phase.equals("Succeeded"),
        condition(status, "Ready").filter(c -> says(c, "True")).isPresent(),
        false,
        problem(pod, status));
  }

  /** The same, with what its sidecar has reported in the Model's status. */
  PodView with(JsonObject modelStatus) {
    boolean booted = said(modelStatus, "booted").isPresent();
    return new PodView(
        name,
        uid,
        ordinal,
        node,
        gpus,
        replaceHash,
        specHash,
        deleting,
        ended,
        listens,
        listens && booted,
        problem);
  }

  /** The sidecar's own entry in a Model's status, if it says that state. */
  Optional<JsonObject> said(JsonObject modelStatus, String state) {
    return Trees.items(modelStatus, "replicaStatuses").stream()
        .filter(entry -> Trees.text(entry, "name").equals(Optional.of(name)))
        .filter(entry -> Trees.text(entry, "podUID").equals(Optional.of(uid)))
        .filter(entry -> Trees.text(entry, "state").equals(Optional.of(state)))
        .findFirst();
  }

  private static Optional<Long> number(Optional<String> text) {
    try {
      return text.map(Long::valueOf);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<JsonObject> condition(JsonObject status, String type) {
    return Trees.items(status, "conditions").stream()
        .filter(condition -> Trees.text(condition, "type").equals(Optional.of(type)))
        .findFirst();
  }

  private static boolean says(JsonObject condition, String value) {
    return Trees.text(condition, "status").equals(Optional.of(value));
  }

  private static String problem(JsonObject pod, JsonObject status) {
    for (JsonObject container : Trees.items(status, "containerStatuses")) {
      JsonObject waiting = Trees.at(container, "state", "waiting");
      String reason = Trees.text(waiting, "reason").orElse("");
      if (!reason.isEmpty() && !PASSING.contains(reason)) {
        return Trees.text(container, "name").orElse("a container")
            + ": "
            + reason
            + Trees.text(waiting, "message").map(message -> ", " + message).orElse("")
            + Logs.lastEnd(Trees.namespace(pod), Trees.name(pod), container);
      }
    }
    return condition(status, "PodScheduled")
        .filter(condition -> says(condition, "False"))
        .map(condition -> "not scheduled: " + Trees.text(condition, "message").orElse("no reason"))
        .or(() -> Trees.text(status, "message"))
        .orElse("");
  }
}
