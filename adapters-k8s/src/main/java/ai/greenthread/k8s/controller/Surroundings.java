package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.ManagedFields;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.render.Naming;
import ai.greenthread.k8s.render.PodTemplate;
import ai.greenthread.k8s.render.RenderSettings;
import ai.greenthread.k8s.render.Routing;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.Optional;

/** What a Model needs beside its pods: its Service and its route. */
final class Surroundings {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  private final JsonApi api;
  private final Sight sight;
  private final RenderSettings settings;

  Surroundings(JsonApi api, Sight sight, RenderSettings settings) {
    this.api = api;
    this.sight = sight;
    this.settings = settings;
  }

  void service(Model model, PodTemplate.Owner owner) throws IOException {
    ModelRef ref = model.ref();
    ensure(
        "/api/v1/namespaces/" + ref.namespace() + "/services/" + ref.name(),
        sight.services.find(ref.namespace(), ref.name()),
        Routing.service(model, owner));
  }

  /** Whether the Model has its own Service already. */
  boolean hasService(ModelRef ref) {
    return sight.services.find(ref.namespace(), ref.name()).isPresent();
  }

  /** Whether the Model has its own route already. */
  boolean hasRoute(ModelRef ref) {
    return seenRoute(ref).isPresent();
  }

  /** Makes its route, or takes it back where it should have none. */
  void route(Model model, PodTemplate.Owner owner, boolean routed) throws IOException {
    Optional<JsonObject> wanted = Routing.route(model, owner, settings.routing());
    if (wanted.isEmpty() || sight.routes.isEmpty()) {
      return;
    }
    if (routed) {
      ModelRef ref = model.ref();
      ensure(
          Routing.path(settings.routing().kind(), ref.namespace()) + "/" + ref.name(),
          seenRoute(ref),
          wanted.get());
    } else {
      dropRoute(model.ref());
    }
  }

  /** Takes back the route of a Model, if it has one. */
  void dropRoute(ModelRef ref) throws IOException {
    Optional<JsonObject> route = seenRoute(ref).filter(RetiredRoutes::ours);
    if (route.isPresent()) {
      RetiredRoutes.delete(api, settings.routing().kind(), route.get());
    }
  }

  private Optional<JsonObject> seenRoute(ModelRef ref) {
    return sight.routes.flatMap(routes -> routes.find(ref.namespace(), ref.name()));
  }

  /**
   * Makes the object say what is wanted; what somebody else made under its name is let alone. Made
   * plainly, as that costs the API server least when there are thousands, and changed by apply, so
   * that what is wanted no more goes.
   */
  private void ensure(String path, Optional<JsonObject> seen, JsonObject wanted)
      throws IOException {
    boolean done = seen.isPresent() ? Trees.says(seen.get(), wanted) : isMade(path, wanted);
    if (!done) {
      change(path, wanted);
    }
  }

  /** False where something of that name is there already. */
  private boolean isMade(String path, JsonObject wanted) throws IOException {
    String list = path.substring(0, path.lastIndexOf('/'));
    Answer answer = api.create(list + "?fieldManager=" + Naming.MANAGER, wanted);
    if (!answer.ok() && answer.status() != CONFLICT) {
      throw refused(wanted, answer);
    }
    return answer.ok();
  }

  private void change(String path, JsonObject wanted) throws IOException {
    Answer live = api.get(path);
    if (!live.ok() && live.status() != NOT_FOUND) {
      throw new IOException(path + " cannot be read: " + live.describe());
    }
    if (live.ok() && !isOurs(live.body())) {
      throw new Refused(
          "the "
              + Trees.text(wanted, "kind").orElse("object")
              + " "
              + Trees.name(wanted)
              + " is there already and not this Model's: delete it, or give the Model another"
              + " name");
    }
    // The mirror may not have shown it yet.
    if (live.ok() && Trees.says(live.body(), wanted)) {
      return;
    }
    if (live.ok() && ManagedFields.isUpdatedBy(live.body(), Naming.MANAGER)) {
      manageByApply(path, live.body());
    }
    Answer answer = api.apply(path, wanted, Naming.MANAGER);
    if (!answer.ok()) {
      throw refused(wanted, answer);
    }
  }

  private void manageByApply(String path, JsonObject live) throws IOException {
    JsonObject metadata =
        Trees.object(
            "managedFields", ManagedFields.handedOver(live, Naming.MANAGER, Naming.MANAGER));
    metadata.add("resourceVersion", Trees.at(live, "metadata").get("resourceVersion"));
    Answer answer = api.mergePatch(path, Trees.object("metadata", metadata));
    if (!answer.ok()) {
      throw new IOException(path + " cannot be taken over: " + answer.describe());
    }
  }

  private static boolean isOurs(JsonObject object) {
    return Trees.label(object, Naming.MANAGED_BY).equals(Optional.of(Naming.GREENTHREAD));
  }

  private static IOException refused(JsonObject object, Answer answer) {
    return Refused.of(
        Trees.text(object, "kind").orElse("object") + " " + Trees.name(object), answer);
  }
}
