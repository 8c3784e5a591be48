package ai.greenthread.k8s.controller;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.Naming;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A Model's status, as far as the controller writes it: a pure function of what is seen. */
final class ModelStatus {
  private ModelStatus() {}

  /**
   * What is seen of a Model.
   *
   * @param generation of its spec
   * @param pods its pods
   * @param gpus all of them
   * @param specHash of what its pods should have been made from
   * @param unplaced why replicas have no devices; empty where all have
   * @param refusals what could not be done for it, in the words of whoever refused
   * @param remarks what an operator should know of it in this fleet
   * @param reach how it is reached
   * @param measured memory per GPU while serving, if the sidecar measured it for this spec
   * @param waitBound longest wait while nothing fails, as it is to be shown; empty where none holds
   * @param before the status as it is
   */
  record Seen(
      Model model,
      long generation,
      List<PodView> pods,
      Collection<GpuView> gpus,
      String specHash,
      String unplaced,
      List<String> refusals,
      List<String> remarks,
      Reach reach,
      Optional<Bytes> measured,
      Optional<Duration> waitBound,
      JsonObject before) {}

  /** The fields that the controller writes. */
  static JsonObject of(Seen seen, Instant now) {
    List<PodView> present = seen.pods().stream().filter(pod -> !pod.deleting()).toList();
    String phase = phase(seen, present);
    JsonObject status =
        Trees.object(
            "observedGeneration",
            seen.generation(),
            "phase",
            phase,
            "url",
            orNull(seen.reach().url()),
            "replicas",
            seen.model().spec().replicas(),
            "readyReplicas",
            present.stream().filter(PodView::ready).count(),
            "servingReplicas",
            replicas(seen, present, OccupantState.SERVING::equals),
            "sleepingReplicas",
            replicas(seen, present, OccupantState.SLEEPING::equals),
            "selector",
            Naming.MODEL + "=" + seen.model().ref().name(),
            "node",
            orNull(joined(present, pod -> List.of(pod.node()))),
            "gpus",
            orNull(indices(seen, present)),
            "waitBoundSeconds",
            seen.waitBound()
                .<JsonElement>map(bound -> new JsonPrimitive(bound.toSeconds()))
                .orElse(JsonNull.INSTANCE));
    seen.measured()
        .ifPresent(bytes -> status.add("memory", Trees.object("servingHuman", bytes.human())));
    status.add("conditions", conditions(seen, present, phase, now));
    return status;
  }

  /** API servers of 1.20 take an empty text for null and refuse it; in a patch null removes. */
  private static JsonElement orNull(String text) {
    return text.isEmpty() ? JsonNull.INSTANCE : new JsonPrimitive(text);
  }

  private static String joined(List<PodView> pods, Function<PodView, List<String>> values) {
    Set<String> all = new LinkedHashSet<>();
    pods.forEach(pod -> all.addAll(values.apply(pod)));
    all.remove("");
    return String.join(",", all);
  }

  private static String indices(Seen seen, List<PodView> pods) {
    Set<String> wanted = new LinkedHashSet<>();
    pods.forEach(pod -> wanted.addAll(pod.gpus()));
    return seen.gpus().stream()
        .map(GpuView::id)
        .filter(id -> wanted.contains(id.objectName()))
        .sorted()
        .map(GpuId::index)
        .map(index -> Integer.toString(index))
        .collect(Collectors.joining(","));
  }

  private static long replicas(Seen seen, List<PodView> pods, Predicate<OccupantState> wanted) {
    return pods.stream()
        .filter(PodView::ready)
        .filter(pod -> state(seen, pod).filter(wanted).isPresent())
        .count();
  }

  private static Optional<OccupantState> state(Seen seen, PodView pod) {
    ReplicaId replica = new ReplicaId(seen.model().ref(), pod.ordinal());
    return seen.gpus().stream()
        .flatMap(gpu -> gpu.record().occupant(replica).stream())
        .map(Occupant::state)
        .findFirst();
  }

  private static String phase(Seen seen, List<PodView> present) {
    if (seen.model().spec().replicas() == 0) {
      return "Ready";
    }
    if (present.stream().anyMatch(PodView::ready)) {
      return "Ready";
    }
    if (failure(seen, present).isPresent() || !seen.refusals().isEmpty()) {
      return "Failed";
    }
    return present.isEmpty() ? "Pending" : "Staging";
  }

  /** What keeps a pod from becoming ready: the cluster's word, or its sidecar's. */
  private static Optional<String> failure(Seen seen, List<PodView> present) {
    for (PodView pod : present) {
      Optional<String> said = sidecarSays(seen, pod);
      if (said.isPresent()) {
        return said;
      }
      if (!pod.ready() && !pod.problem().isEmpty()) {
        return Optional.of(pod.name() + ": " + pod.problem());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> sidecarSays(Seen seen, PodView pod) {
    return pod.said(seen.before(), "failed")
        .map(entry ->
            pod.name()
                + ": "
                + Logs.withCommand(
                    Trees.text(entry, "reason").orElse("it failed"), seen.model(), pod.name()));
  }

  private static JsonArray conditions(Seen seen, List<PodView> present, String phase, Instant now) {
    List<Condition> conditions = new ArrayList<>();
    Condition placed = placed(seen, present);
    conditions.add(placed);
    conditions.add(ready(seen, present, phase));
    List<String> behind =
        present.stream()
            .filter(pod -> !pod.specHash().equals(seen.specHash()))
            .map(PodView::name)
            .sorted()
            .toList();
    conditions.add(
        new Condition(
            "UpToDate",
            behind.isEmpty(),
            behind.isEmpty() ? "SpecApplied" : "RestartPending",
            behind.isEmpty()
                ? "every pod was made from this spec"
                : behind.size()
                    + " of "
                    + present.size()
                    + " pods were made from an earlier spec; what changed takes effect when they"
                    + " restart: kubectl delete pod "
                    + String.join(" ", behind)));
    conditions.add(wakeable(seen, placed.holds()));
    seen.reach()
        .pathTakenBy()
        .ifPresent(holder ->
            conditions.add(
                new Condition(
                    "Routed", false, "PathTaken", pathTaken(seen.model().ref(), holder))));
    JsonArray written = new JsonArray();
    conditions.forEach(condition -> written.add(written(condition, seen, now)));
    return written;
  }

  private static Condition placed(Seen seen, List<PodView> present) {
    if (!seen.unplaced().isEmpty()) {
      return new Condition("Placed", false, "NoSuitableGPU", seen.unplaced());
    }
    return seen.reach().service() || present.size() >= seen.model().spec().replicas()
        ? new Condition("Placed", true, "DevicesChosen", "every replica has its GPUs")
        : new Condition(
            "Placed", false, "NoService", "no pods are made until the Model has its Service");
  }

  /** Why a Model has no route, and what to do. */
  static String pathTaken(ModelRef model, ModelRef holder) {
    return "the public path /"
        + model.name()
        + "/ is that of the older Model "
        + holder
        + ", so this one is reached inside the cluster only; for a path of its own make it anew by"
        + " another name";
  }

  /** What is said of the whole fleet comes late, so a replica without GPUs counts, too. */
  private static Condition wakeable(Seen seen, boolean placed) {
    if (!seen.remarks().isEmpty()) {
      return new Condition("Wakeable", false, "NoRoom", String.join("; ", seen.remarks()));
    }
    return placed
        ? new Condition("Wakeable", true, "Fits", "it can fit on its GPUs")
        : new Condition("Wakeable", false, "NotPlaced", "not every replica has GPUs");
  }

  private static Condition ready(Seen seen, List<PodView> present, String phase) {
    long ready = present.stream().filter(PodView::ready).count();
    int wanted = seen.model().spec().replicas();
    if (!seen.refusals().isEmpty()) {
      return new Condition("Ready", false, "Refused", String.join("; ", seen.refusals()));
    }
    Optional<String> failure = failure(seen, present);
    if (failure.isPresent()) {
      return new Condition("Ready", false, "PodFailing", failure.get());
    }
    if (ready >= wanted) {
      return new Condition("Ready", true, "Booted", "every replica is asleep or serving");
    }
    return phase.equals("Pending")
        ? new Condition("Ready", false, "NoPods", "no pod has been made yet")
        : new Condition(
            "Ready", false, "Booting", ready + " of " + wanted + " replicas have booted");
  }

  private static JsonObject written(Condition condition, Seen seen, Instant now) {
    String status = condition.holds() ? "True" : "False";
    String since =
        Trees.items(seen.before(), "conditions").stream()
            .filter(old -> Trees.text(old, "type").equals(Optional.of(condition.type())))
            .filter(old -> Trees.text(old, "status").equals(Optional.of(status)))
            .flatMap(old -> Trees.text(old, "lastTransitionTime").stream())
            .findFirst()
            .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
    return Trees.object(
        "type",
        condition.type(),
        "status",
        status,
        "reason",
        condition.reason(),
        "message",
        condition.message(),
        "lastTransitionTime",
        since,
        "observedGeneration",
        seen.generation());
  }
}
