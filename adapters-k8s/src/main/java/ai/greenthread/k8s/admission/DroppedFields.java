package ai.greenthread.k8s.admission;

import ai.greenthread.domain.model.Violation;
import ai.greenthread.domain.model.Warning;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.ManifestTree;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.Optional;

/**
 * Fields that an author wrote and the API server dropped, as the definition does not know them: a
 * mistyped field would otherwise be no more than a default that nobody expected. Only {@code
 * kubectl apply} leaves a trace of them, in an annotation.
 */
final class DroppedFields {
  static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  private DroppedFields() {}

  static List<Warning> of(
      Judges judges, Resource resource, JsonObject object, Optional<JsonObject> old) {
    Optional<String> applied = Trees.annotation(object, LAST_APPLIED);
    boolean anew =
        applied.isPresent()
            && !old.flatMap(before -> Trees.annotation(before, LAST_APPLIED)).equals(applied);
    return anew ? dropped(judges, resource, applied.get()) : List.of();
  }

  private static List<Warning> dropped(Judges judges, Resource resource, String applied) {
    try {
      if (!(JsonParser.parseString(applied) instanceof JsonObject written)) {
        return List.of();
      }
      return judges.alone(resource, ManifestTree.of(written, resource.kind())).violations().stream()
          .filter(violation -> violation.kind() == Violation.Kind.UNKNOWN_FIELD)
          .map(violation -> new Warning(violation.field(), "was dropped: " + violation.message()))
          .toList();
    } catch (JsonParseException | NumberFormatException e) {
      // Somebody else's text; it says nothing.
      return List.of();
    }
  }
}
