package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
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

  /** Makes the object say what is wanted; what somebody else made under its name is let alone. */
  private void ensure(String path, Optional<JsonObject> seen, JsonObject wanted)
      throws IOException {
    if (seen.isPresent() && Trees.says(seen.get(), wanted)) {
      return;
    }
    if (seen.isEmpty()) {
      refuseForeign(path, wanted);
    }
    apply(path, wanted);
  }

  private void refuseForeign(String path, JsonObject wanted) throws IOException {
    Answer live = api.get(path);
    if (live.ok()
        && !Trees.label(live.body(), Naming.MANAGED_BY).equals(Optional.of(Naming.GREENTHREAD))) {
      throw new Refused(
          "the "
              + Trees.text(wanted, "kind").orElse("object")
              + " "
              + Trees.name(wanted)
              + " is there already and not this Model's: delete it, or give the Model another"
              + " name");
    }
    if (!live.ok() && live.status() != NOT_FOUND) {
      throw new IOException(path + " cannot be read: " + live.describe());
    }
  }

  private void apply(String path, JsonObject object) throws IOException {
    Answer answer = api.apply(path, object, Naming.MANAGER);
    if (!answer.ok()) {
      throw Refused.of(Trees.text(object, "kind").orElse(path) + " " + Trees.name(object), answer);
    }
  }
}
