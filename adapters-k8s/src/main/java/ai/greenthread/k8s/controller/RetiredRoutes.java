package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.render.RenderSettings.RouteKind;
import ai.greenthread.k8s.render.Routing;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes back routes of a kind that is wanted no more, since an operator chose another. They are not
 * mirrored, as nobody makes any; a cluster without the Gateway API has no HTTPRoutes to list.
 */
final class RetiredRoutes {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  private final JsonApi api;
  private final Sight sight;
  private final RouteKind wanted;

  RetiredRoutes(JsonApi api, Sight sight, RouteKind wanted) {
    this.api = api;
    this.sight = sight;
    this.wanted = wanted;
  }

  void clear() throws IOException {
    Attempts attempts = new Attempts();
    for (RouteKind kind : RouteKind.values()) {
      if (kind != wanted && kind != RouteKind.NONE) {
        attempts.make(() -> clear(kind));
      }
    }
    attempts.end();
  }

  private void clear(RouteKind kind) throws IOException {
    String list = Routing.path(kind, "");
    Answer first = api.get(list + "?limit=1&" + Sight.OURS);
    if (first.status() == NOT_FOUND) {
      return;
    }
    if (!first.ok()) {
      throw new IOException("the list " + list + " was refused: " + first.describe());
    }
    if (Trees.items(first.body(), "items").isEmpty()) {
      return;
    }
    List<JsonObject> routes = new ArrayList<>();
    api.list(list, Sight.OURS, routes::add);
    Attempts attempts = new Attempts();
    long early = 0;
    for (JsonObject route : routes.stream().filter(RetiredRoutes::ours).toList()) {
      if (mayGo(new ModelRef(Trees.namespace(route), Trees.name(route)))) {
        attempts.make(() -> delete(api, kind, route));
      } else {
        early++;
      }
    }
    attempts.end();
    if (early > 0) {
      throw new IOException(early + " of " + list + " have no successor yet");
    }
  }

  /** A Model keeps the route that it has until it has the one that is wanted. */
  private boolean mayGo(ModelRef ref) {
    return wanted == RouteKind.NONE
        || sight.model(ref).isEmpty()
        || sight.routes.flatMap(made -> made.find(ref.namespace(), ref.name())).isPresent()
        || PublicPath.takenBy(ref, sight.namesakes(ref.name())).isPresent();
  }

  /** The label alone anybody may have written. */
  static boolean ours(JsonObject object) {
    return Trees.items(Trees.at(object, "metadata"), "ownerReferences").stream()
        .filter(owner -> Trees.text(owner, "kind").equals(Optional.of(Resource.MODEL.kind())))
        .flatMap(owner -> Trees.text(owner, "apiVersion").stream())
        .anyMatch(version -> version.startsWith(Resource.GROUP + "/"));
  }

  static void delete(JsonApi api, RouteKind kind, JsonObject route) throws IOException {
    String path = Routing.path(kind, Trees.namespace(route)) + "/" + Trees.name(route);
    Answer answer = api.delete(path, Trees.uid(route));
    if (!answer.ok() && answer.status() != NOT_FOUND && answer.status() != CONFLICT) {
      throw new IOException(path + " cannot be deleted: " + answer.describe());
    }
  }
}
