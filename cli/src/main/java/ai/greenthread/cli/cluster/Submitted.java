package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.Answer;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.text.Human;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Trees;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is sent to be applied, and what is wrong with it in the API server's words. */
final class Submitted {
  /** What a server writes into an object that was read from it, and nobody declares. */
  private static final List<String> OBSERVED =
      List.of(
          "managedFields",
          "resourceVersion",
          "uid",
          "generation",
          "creationTimestamp",
          "selfLink",
          "finalizers");

  /** What {@code kubectl apply} keeps for itself; carried on by others it would be out of date. */
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  /**
   * How servers say of an unknown field that it is one: server-side apply, then strict decoding.
   */
  private static final Pattern UNDECLARED =
      Pattern.compile("\\.(\\S+): field not declared in schema|unknown field \"([^\"]+)\"");

  private static final String UNKNOWN = "the Models of this cluster have no such field";

  private Submitted() {}

  /** The declared part of a manifest. */
  static JsonObject object(JsonNode manifest, ModelRef model) {
    JsonObject object = ClusterApi.gson(manifest).getAsJsonObject();
    object.remove("status");
    JsonObject metadata = Trees.at(object, "metadata");
    OBSERVED.forEach(metadata::remove);
    JsonObject annotations = Trees.at(metadata, "annotations");
    if (annotations.remove(LAST_APPLIED) != null && annotations.isEmpty()) {
      metadata.remove("annotations");
    }
    metadata.addProperty("namespace", model.namespace());
    TextFields.quote(object);
    return object;
  }

  /** The violations, as the engine of one machine lists them; empty for any other failure. */
  static Optional<Answer> refusal(ai.greenthread.k8s.client.Answer answer) {
    ObjectNode error = Json.mapper().createObjectNode();
    error.put("message", answer.message());
    ArrayNode details = error.putArray("details");
    Matcher unknown = UNDECLARED.matcher(answer.message());
    while (unknown.find()) {
      String field = unknown.group(1) == null ? unknown.group(2) : unknown.group(1);
      violation(details, field, UNKNOWN);
    }
    if (details.isEmpty() && answer.status() != 422 && answer.status() != 400) {
      return Optional.empty();
    }
    if (details.isEmpty()) {
      for (JsonObject cause : Trees.items(Trees.at(answer.body(), "details"), "causes")) {
        violation(
            details,
            Trees.text(cause, "field").filter(name -> !name.equals("<nil>")).orElse(""),
            Trees.text(cause, "message").orElse(""));
      }
    }
    ObjectNode body = Json.mapper().createObjectNode();
    body.set("error", error);
    return Optional.of(new Answer(422, body));
  }

  /**
   * The fields that others manage, as a refusal.
   *
   * @param live the object as it is
   */
  static Answer conflict(List<FieldConflict> conflicts, JsonObject live) {
    ObjectNode error = Json.mapper().createObjectNode();
    ArrayNode details = error.putArray("details");
    conflicts.forEach(each -> violation(details, each.field(), each.describe(live)));
    error.put("message", "others manage " + Human.count(conflicts.size(), "field") + " of it");
    ObjectNode body = Json.mapper().createObjectNode();
    body.set("error", error);
    return new Answer(409, body);
  }

  /**
   * The fields that the server left out of what was sent, as servers before 1.25 do with those they
   * do not know; empty where it took all.
   */
  static Optional<Answer> dropped(JsonObject wanted, JsonObject taken) {
    ObjectNode error = Json.mapper().createObjectNode();
    ArrayNode details = error.putArray("details");
    compare("spec", Trees.at(wanted, "spec"), Trees.at(taken, "spec"), details);
    if (details.isEmpty()) {
      return Optional.empty();
    }
    error.put("message", details.size() + " fields are not known");
    ObjectNode body = Json.mapper().createObjectNode();
    body.set("error", error);
    return Optional.of(new Answer(422, body));
  }

  private static void compare(
      String path, JsonElement wanted, JsonElement taken, ArrayNode details) {
    if (wanted instanceof JsonObject object && taken instanceof JsonObject has) {
      object
          .entrySet()
          .forEach(field -> {
            String name = path + "." + field.getKey();
            if (has.has(field.getKey())) {
              compare(name, field.getValue(), has.get(field.getKey()), details);
            } else if (!field.getValue().isJsonNull()) {
              violation(details, name, UNKNOWN);
            }
          });
    } else if (wanted instanceof JsonArray list
        && taken instanceof JsonArray has
        && list.size() == has.size()) {
      for (int i = 0; i < list.size(); i++) {
        compare(path + "[" + i + "]", list.get(i), has.get(i), details);
      }
    }
  }

  private static void violation(ArrayNode details, String field, String message) {
    details.addObject().put("field", field).put("message", message);
  }
}
