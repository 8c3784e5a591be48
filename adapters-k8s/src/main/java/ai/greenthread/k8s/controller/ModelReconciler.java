package ai.greenthread.k8s.controller;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.domain.model.Violation;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controller.EventRecorder.Kind;
import ai.greenthread.k8s.crd.ManifestTree;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.render.Naming;
import ai.greenthread.k8s.render.PodTemplate;
import ai.greenthread.k8s.render.RenderSettings;
import ai.greenthread.k8s.render.Routing;
import ai.greenthread.k8s.render.SpecHash;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Brings the cluster nearer to what one Model asks for. Each run looks anew and may be repeated;
 * what it cannot do now makes it throw, and it is tried again later.
 */
final class ModelReconciler {
  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;

  private final JsonApi api;
  private final Sight sight;
  private final RenderSettings settings;
  private final Surroundings surroundings;
  private final Rights rights;
  private final PlacementBook book;
  private final PodMaker maker;
  private final DepartedReplicas departed;
  private final EventRecorder events;
  private final Function<ModelRef, List<String>> remarks;
  private final Function<ModelRef, Optional<Duration>> waitBound;
  private final InstantSource clock;

  /** Models with replicas that have no devices. */
  private final Set<ModelRef> unplaced = ConcurrentHashMap.newKeySet();

  ModelReconciler(
      JsonApi api,
      Sight sight,
      RenderSettings settings,
      Rights rights,
      PlacementBook book,
      DepartedReplicas departed,
      EventRecorder events,
      Function<ModelRef, List<String>> remarks,
      Function<ModelRef, Optional<Duration>> waitBound,
      InstantSource clock) {
    this.api = api;
    this.sight = sight;
    this.settings = settings;
    this.surroundings = new Surroundings(api, sight, settings);
    this.rights = rights;
    this.book = book;
    this.maker = new PodMaker(api, sight, settings, rights, book, events, clock);
    this.departed = departed;
    this.events = events;
    this.remarks = remarks;
    this.waitBound = waitBound;
    this.clock = clock;
  }

  /** Models that wait for a suitable GPU. */
  Set<ModelRef> unplaced() {
    return unplaced;
  }

  void reconcile(ModelRef ref) throws IOException {
    Optional<JsonObject> object = sight.model(ref);
    if (object.isEmpty()) {
      unplaced.remove(ref);
      book.keep(ref, Set.of());
      departed.clear(ref, List.of());
    } else if (Trees.deleting(object.get())) {
      end(ref, object.get());
    } else {
      switch (ModelManifest.read(ManifestTree.of(object.get(), Resource.MODEL.kind()))) {
        case Reading.Valid valid -> serve(valid.model(), object.get());
        case Reading.Invalid invalid -> refuse(ref, object.get(), invalid.violations());
      }
    }
  }

  /** Only what was stored before there was a webhook can be so. Its pods are left as they are. */
  private void refuse(ModelRef ref, JsonObject object, List<Violation> violations)
      throws IOException {
    String all = violations.stream().map(Violation::toString).collect(Collectors.joining("; "));
    events.tell(object, Kind.WARNING, "InvalidSpec", all);
    patchStatus(
        ref,
        object,
        Trees.object(
            "observedGeneration",
            generation(object),
            "phase",
            "Failed",
            "conditions",
            List.of(
                Trees.object(
                    "type",
                    "Ready",
                    "status",
                    "False",
                    "reason",
                    "InvalidSpec",
                    "message",
                    all,
                    "lastTransitionTime",
                    Trees.text(Trees.at(object, "metadata"), "creationTimestamp")
                        .orElse(clock.instant().toString())))));
  }

  private void serve(Model model, JsonObject object) throws IOException {
    ModelRef ref = model.ref();
    PodTemplate.Owner owner = new PodTemplate.Owner(Trees.uid(object));
    if (!finalizers(object).contains(Naming.FINALIZER)) {
      writeFinalizers(ref, object, true);
    }
    Optional<Bytes> measured = measured(object, SpecHash.ofServer(model));
    List<PodView> pods =
        sight.pods(ref).stream().map(pod -> pod.with(Trees.at(object, "status"))).toList();
    enter(model, pods, measured);
    Attempts attempts = new Attempts();
    attempts.make(() -> departed.clear(ref, pods));
    attempts.make(() -> rights.give(model));
    Reach reach = reach(model, owner, attempts);
    PodPlan wanted =
        PodPlan.of(
            model.spec().replicas(),
            SpecHash.ofServer(model),
            pods,
            sight.gpus().stream().map(gpu -> gpu.id().objectName()).collect(Collectors.toSet()));
    PodPlan plan = reach.service() ? wanted : wanted.withoutNewPods();
    for (PodPlan.Deletion deletion : plan.deletions()) {
      attempts.make(() -> {
        if (!deletion.reason().equals(PodPlan.GPU_GONE) || gpuIsGone(deletion.pod())) {
          delete(object, deletion);
        }
      });
    }
    List<String> obstacles = new ArrayList<>();
    for (int ordinal : plan.missing()) {
      attempts.make(
          () -> maker.create(model, object, owner, ordinal, measured).ifPresent(obstacles::add));
    }
    if (obstacles.isEmpty()) {
      unplaced.remove(ref);
    } else {
      unplaced.add(ref);
    }
    if (!obstacles.isEmpty() || plan.missing().isEmpty() || attempts.failed()) {
      tell(model, object, pods, obstacles, attempts.refusals(), reach, measured);
    }
    // Else the pods just made bring the next look, and the status with them.
    attempts.end();
  }

  /** Makes its Service and its route, as far as nothing of somebody else is in the way. */
  private Reach reach(Model model, PodTemplate.Owner owner, Attempts attempts) {
    ModelRef ref = model.ref();
    boolean service =
        !attempts.isRefused(() -> surroundings.service(model, owner))
            || surroundings.hasService(ref);
    Optional<ModelRef> holder =
        sight.routes.flatMap(_ -> PublicPath.takenBy(ref, sight.namesakes(ref.name())));
    // A route to somebody else's Service would show the world what is not the Model.
    boolean routed = service && holder.isEmpty();
    boolean open =
        !attempts.isRefused(() -> surroundings.route(model, owner, routed))
            || surroundings.hasRoute(ref);
    String inside = service ? Routing.urlInside(model) : "";
    return new Reach(
        service, holder, routed && open ? Routing.url(model, settings.routing()) : inside);
  }

  private void tell(
      Model model,
      JsonObject object,
      List<PodView> pods,
      List<String> obstacles,
      List<String> refusals,
      Reach reach,
      Optional<Bytes> measured)
      throws IOException {
    refusals.forEach(refusal -> events.tell(object, Kind.WARNING, "Refused", refusal));
    reach
        .pathTakenBy()
        .ifPresent(other ->
            events.tell(
                object, Kind.WARNING, "PathTaken", ModelStatus.pathTaken(model.ref(), other)));
    JsonObject status =
        ModelStatus.of(
            new ModelStatus.Seen(
                model,
                generation(object),
                pods,
                gpusOf(pods),
                SpecHash.ofPod(model),
                String.join("; ", obstacles),
                refusals,
                remarks.apply(model.ref()),
                reach,
                measured,
                waitBound.apply(model.ref()),
                Trees.at(object, "status")),
            clock.instant());
    patchStatus(model.ref(), object, status);
  }

  private void enter(Model model, List<PodView> pods, Optional<Bytes> measured) {
    book.keep(model.ref(), pods.stream().map(PodView::ordinal).collect(Collectors.toSet()));
    for (PodView pod : pods) {
      List<GpuView> gpus = pod.gpus().stream().flatMap(name -> sight.gpu(name).stream()).toList();
      if (!gpus.isEmpty()) {
        book.holds(
            new ReplicaId(model.ref(), pod.ordinal()),
            gpus.stream().map(GpuView::id).toList(),
            measured.orElseGet(() -> model.spec().firstNeed(PodMaker.smallest(gpus))));
      }
    }
  }

  /** What the sidecar measured, if it measured this spec. */
  static Optional<Bytes> measured(JsonObject object, String hash) {
    JsonObject status = Trees.at(object, "status");
    long bytes = Trees.number(status, "servingMemoryPerGPU");
    return bytes > 0 && Trees.text(status, "servingMemoryFor").equals(Optional.of(hash))
        ? Optional.of(Bytes.of(bytes))
        : Optional.empty();
  }

  private List<GpuView> gpusOf(List<PodView> pods) {
    return pods.stream()
        .flatMap(pod -> pod.gpus().stream())
        .distinct()
        .flatMap(name -> sight.gpu(name).stream())
        .toList();
  }

  private void delete(JsonObject object, PodPlan.Deletion deletion) throws IOException {
    PodView pod = deletion.pod();
    Answer answer =
        api.delete(
            "/api/v1/namespaces/" + Trees.namespace(object) + "/pods/" + pod.name(), pod.uid());
    if (answer.ok()) {
      events.tell(
          object,
          Kind.NORMAL,
          deletion.reason(),
          "deleted pod " + pod.name() + ": " + deletion.why());
    } else if (answer.status() != NOT_FOUND && answer.status() != CONFLICT) {
      throw new IOException("pod " + pod.name() + " cannot be deleted: " + answer.describe());
    }
  }

  /** A pod is worth a question: what is mirrored may be old or on its way. */
  private boolean gpuIsGone(PodView pod) throws IOException {
    for (String gpu : pod.gpus()) {
      Answer answer = api.get(Resource.GPU.path(settings.systemNamespace(), gpu));
      if (answer.status() == NOT_FOUND) {
        return true;
      }
    }
    return false;
  }

  private void patchStatus(ModelRef ref, JsonObject object, JsonObject status) throws IOException {
    if (Trees.says(Trees.at(object, "status"), status)) {
      return;
    }
    Answer answer =
        api.mergePatch(
            Resource.MODEL.statusPath(ref.namespace(), ref.name()), Trees.object("status", status));
    if (!answer.ok() && answer.status() != NOT_FOUND) {
      throw new IOException("the status of " + ref + " was refused: " + answer.describe());
    }
  }

  /** Its pods drain and go; what they held is cleared; then the Model goes. */
  private void end(ModelRef ref, JsonObject object) throws IOException {
    if (!finalizers(object).contains(Naming.FINALIZER)) {
      return;
    }
    List<PodView> pods = sight.pods(ref);
    for (PodView pod : pods) {
      if (!pod.deleting()) {
        delete(object, new PodPlan.Deletion(pod, "ModelDeleted", "the Model is deleted"));
      }
    }
    if (pods.isEmpty()) {
      refuseUnseenPods(ref);
      departed.clear(ref, List.of());
      if (sight.namesakes(ref.name()).size() > 1) {
        // Else it would lead astray for as long as garbage is not collected.
        surroundings.dropRoute(ref);
      }
      writeFinalizers(ref, object, false);
    }
  }

  /**
   * A pod that was made by the last look may not be mirrored yet. Left behind it would hold its
   * rights and its place in the ledger until garbage is collected.
   */
  private void refuseUnseenPods(ModelRef ref) throws IOException {
    Answer answer =
        api.get(
            "/api/v1/namespaces/"
                + ref.namespace()
                + "/pods?limit=1&labelSelector="
                + Naming.MODEL.replace("/", "%2F")
                + "%3D"
                + ref.name()
                + ","
                + Naming.MANAGED_BY.replace("/", "%2F")
                + "%3D"
                + Naming.GREENTHREAD);
    if (!answer.ok()) {
      throw new IOException("the pods of " + ref + " cannot be listed: " + answer.describe());
    }
    if (!Trees.items(answer.body(), "items").isEmpty()) {
      throw new IOException("a pod of " + ref + " is not seen yet");
    }
  }

  private static long generation(JsonObject object) {
    return Trees.number(Trees.at(object, "metadata"), "generation");
  }

  private static List<String> finalizers(JsonObject object) {
    List<String> names = new ArrayList<>();
    if (Trees.at(object, "metadata").get("finalizers") instanceof JsonArray array) {
      for (JsonElement name : array) {
        names.add(name.getAsString());
      }
    }
    return names;
  }

  private void writeFinalizers(ModelRef ref, JsonObject object, boolean ours) throws IOException {
    List<String> names = finalizers(object);
    names.remove(Naming.FINALIZER);
    if (ours) {
      names.add(Naming.FINALIZER);
    }
    JsonObject metadata = Trees.object("finalizers", names);
    metadata.add(
        "resourceVersion",
        new JsonPrimitive(Trees.text(Trees.at(object, "metadata"), "resourceVersion").orElse("")));
    Answer answer =
        api.mergePatch(
            Resource.MODEL.path(ref.namespace(), ref.name()), Trees.object("metadata", metadata));
    if (!answer.ok() && answer.status() != NOT_FOUND) {
      throw new IOException("the finalizer of " + ref + ": " + answer.describe());
    }
  }
}
