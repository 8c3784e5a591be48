package ai.greenthread.k8s.admission;

import ai.greenthread.domain.model.Violation;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Answers an {@code AdmissionReview} of {@code admission.k8s.io/v1}. An object is refused for every
 * violation at once; what is allowed and will not work as expected is a warning.
 *
 * <p>What makes an object worse is refused, and nothing else. An update that leaves the spec alone,
 * as those of status, labels and finalizers do, passes unread; what was wrong before the update is
 * a warning, so that an object from before a rule can still be changed; what is being deleted
 * passes always.
 *
 * <p>Safe for use by many threads.
 */
public final class Admission {
  private static final System.Logger LOG = System.getLogger(Admission.class.getName());

  private final Judges judges;

  public Admission(Fleet fleet) {
    this.judges = new Judges(fleet);
  }

  /** The answer to one review; every request gets one. */
  public JsonObject review(JsonObject review) {
    JsonObject request = Trees.at(review, "request");
    try {
      return answer(request);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "an object could not be judged: {0}", e.getMessage());
      return Responses.unavailable(request, e.getMessage() + "; try again");
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a bug in a rule", e);
      return Responses.broken(request);
    }
  }

  private JsonObject answer(JsonObject request) throws IOException {
    String operation = Trees.text(request, "operation").orElse("");
    JsonObject kind = Trees.at(request, "kind");
    Optional<Resource> resource =
        Trees.text(kind, "group").orElse("").equals(Resource.GROUP)
            ? resource(Trees.text(kind, "kind").orElse(""))
            : Optional.empty();
    boolean whole = Trees.text(request, "subResource").orElse("").isEmpty();
    boolean writes = operation.equals("CREATE") || operation.equals("UPDATE");
    if (resource.isEmpty() || !writes || !whole) {
      return Responses.allowed(request, Verdict.PASSED);
    }
    if (!(request.get("object") instanceof JsonObject object)) {
      return Responses.malformed(request, "the review holds no object");
    }
    Optional<JsonObject> old =
        operation.equals("UPDATE") && request.get("oldObject") instanceof JsonObject before
            ? Optional.of(before)
            : Optional.empty();
    if (Trees.deleting(object) || old.filter(before -> sameSpec(before, object)).isPresent()) {
      return Responses.allowed(request, Verdict.PASSED);
    }
    Verdict verdict = judges.judge(resource.get(), object, old);
    verdict =
        verdict
            // The server drops what the definition does not know before anybody is asked.
            .forgiving(
                violation -> violation.kind() == Violation.Kind.UNKNOWN_FIELD,
                _ -> "is not checked: the webhook is older than the definition")
            .and(List.of(), DroppedFields.of(judges, resource.get(), object, old));
    return verdict.violations().isEmpty()
        ? Responses.allowed(request, verdict)
        : Responses.refused(request, object, resource.get(), verdict);
  }

  private static Optional<Resource> resource(String kind) {
    for (Resource resource : Resource.values()) {
      if (resource.kind().equals(kind)) {
        return Optional.of(resource);
      }
    }
    return Optional.empty();
  }

  private static boolean sameSpec(JsonObject before, JsonObject after) {
    JsonElement one = before.get("spec");
    return one != null && one.equals(after.get("spec"));
  }
}
