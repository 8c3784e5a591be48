package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/**
 * Who has the public path {@code /<name>/}, which knows no namespaces, when Models of several have
 * that name: the oldest, so that a Model never takes away what another one already answers. Of
 * equally old ones, as times of creation are whole seconds, the first by namespace.
 */
final class PublicPath {
  private static final Comparator<JsonObject> BY_AGE =
      Comparator.<JsonObject, String>comparing(
              // RFC 3339 in UTC and without fractions: the order of texts is that of times.
              model -> Trees.text(Trees.at(model, "metadata"), "creationTimestamp").orElse(""))
          .thenComparing(PublicPath::ref);

  private PublicPath() {}

  /** The Model that has the path that this one would have; empty where it is its own. */
  static Optional<ModelRef> takenBy(ModelRef model, Collection<JsonObject> namesakes) {
    return namesakes.stream()
        .min(BY_AGE)
        .map(PublicPath::ref)
        .filter(holder -> !holder.equals(model));
  }

  private static ModelRef ref(JsonObject object) {
    return new ModelRef(Trees.namespace(object), Trees.name(object));
  }
}
