package ai.greenthread.k8s.admission;

import ai.greenthread.domain.model.Violation;
import ai.greenthread.domain.model.Warning;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.stream.Collectors;

/** Writes answers as the API server hands them on to {@code kubectl} and other clients. */
final class Responses {
  private static final int UNPROCESSABLE = 422;
  private static final int BAD_REQUEST = 400;
  private static final int INTERNAL = 500;
  private static final int UNAVAILABLE = 503;

  /** Most violations that are said one by one; an object with more is wrong as a whole. */
  private static final int MOST_CAUSES = 100;

  /** The API server cuts what is longer, and more than this in all it may leave out. */
  private static final int LONGEST_WARNING = 256;

  private static final int MOST_WARNINGS = 16;

  private Responses() {}

  static JsonObject allowed(JsonObject request, Verdict verdict) {
    JsonObject response = response(request, true);
    warn(response, verdict.warnings());
    return review(response);
  }

  static JsonObject refused(
      JsonObject request, JsonObject object, Resource resource, Verdict verdict) {
    List<Violation> said =
        verdict.violations().subList(0, Math.min(MOST_CAUSES, verdict.violations().size()));
    int more = verdict.violations().size() - said.size();
    String name = Trees.name(object);
    String list = said.stream().map(Violation::toString).collect(Collectors.joining(", "));
    String message =
        resource.kind()
            + "."
            + Resource.GROUP
            + " \""
            + name
            + "\" is invalid: "
            + (said.size() == 1 ? list : "[" + list + "]")
            + (more == 0 ? "" : " and " + more + " more");
    JsonArray causes = new JsonArray();
    for (Violation violation : said) {
      causes.add(
          Trees.object(
              "reason", reason(violation.kind()),
              "message", violation.text(),
              "field", violation.field()));
    }
    JsonObject status = status(UNPROCESSABLE, "Invalid", message);
    status.add(
        "details",
        Trees.object(
            "name", name, "group", Resource.GROUP, "kind", resource.kind(), "causes", causes));
    JsonObject response = response(request, false);
    response.add("status", status);
    warn(response, verdict.warnings());
    return review(response);
  }

  /** What asks is no API server, or speaks another version. */
  static JsonObject malformed(JsonObject request, String message) {
    return refused(request, status(BAD_REQUEST, "BadRequest", message));
  }

  /** It could not be told. */
  static JsonObject unavailable(JsonObject request, String message) {
    return refused(request, status(UNAVAILABLE, "ServiceUnavailable", message));
  }

  /** A bug here; its words stay in the log. */
  static JsonObject broken(JsonObject request) {
    return refused(
        request,
        status(INTERNAL, "InternalError", "the webhook failed to judge the object; see its log"));
  }

  private static JsonObject refused(JsonObject request, JsonObject status) {
    JsonObject response = response(request, false);
    response.add("status", status);
    return review(response);
  }

  private static JsonObject status(int code, String reason, String message) {
    return Trees.object("status", "Failure", "code", code, "reason", reason, "message", message);
  }

  private static JsonObject response(JsonObject request, boolean allowed) {
    return Trees.object("uid", Trees.text(request, "uid").orElse(""), "allowed", allowed);
  }

  private static JsonObject review(JsonObject response) {
    return Trees.object(
        "apiVersion", "admission.k8s.io/v1", "kind", "AdmissionReview", "response", response);
  }

  private static void warn(JsonObject response, List<Warning> warnings) {
    List<String> texts =
        warnings.stream().map(Responses::line).distinct().limit(MOST_WARNINGS).toList();
    if (!texts.isEmpty()) {
      response.add("warnings", Trees.tree(texts));
    }
  }

  /** A warning travels in a header field: one line, and not too long. */
  private static String line(Warning warning) {
    String text = warning.toString().replaceAll("\\p{Cntrl}+", " ");
    return text.length() <= LONGEST_WARNING ? text : text.substring(0, LONGEST_WARNING - 1) + "…";
  }

  /** The API's own words, which clients may look at. */
  private static String reason(Violation.Kind kind) {
    return switch (kind) {
      case REQUIRED -> "FieldValueRequired";
      case UNSUPPORTED -> "FieldValueNotSupported";
      case DUPLICATE -> "FieldValueDuplicate";
      case FORBIDDEN -> "FieldValueForbidden";
      case WRONG_TYPE -> "FieldValueTypeInvalid";
      case INVALID, UNKNOWN_FIELD -> "FieldValueInvalid";
    };
  }
}
