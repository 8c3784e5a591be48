package ai.greenthread.cli.cluster;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A field that another manager set to another value.
 *
 * @param field its path, {@code spec.replicas}
 * @param manager who manages it
 * @param subresource through which it was set; empty for the object itself
 */
record FieldConflict(String field, String manager, String subresource) {
  /** As API servers word it; newer ones name the subresource. */
  private static final Pattern CONFLICT =
      Pattern.compile("conflict with \"([^\"]+)\"(?: with subresource \"([^\"]+)\")?");

  private static final List<String> MAYBE_SECRET = List.of("spec.runtime", "spec.env");

  /** Those that a refusal of server-side apply names; none in any other answer. */
  static List<FieldConflict> in(Answer answer) {
    List<FieldConflict> conflicts = new ArrayList<>();
    if (answer.status() != 409) {
      return conflicts;
    }
    for (JsonObject cause : Trees.items(Trees.at(answer.body(), "details"), "causes")) {
      Matcher said = CONFLICT.matcher(Trees.text(cause, "message").orElse(""));
      if (Trees.text(cause, "reason").equals(Optional.of("FieldManagerConflict")) && said.find()) {
        conflicts.add(
            new FieldConflict(
                Trees.text(cause, "field").orElse("").replaceFirst("^\\.", ""),
                said.group(1),
                said.group(2) == null ? "" : said.group(2)));
      }
    }
    return conflicts;
  }

  /**
   * Who set it, and to what, if {@code live} tells in one word that cannot be secret: texts of a
   * server's variables, options and address stay unsaid.
   */
  String describe(JsonObject live) {
    JsonElement value = live;
    for (String name : field.split("\\.", -1)) {
      value = value instanceof JsonObject object && object.has(name) ? object.get(name) : null;
    }
    String set =
        value instanceof JsonPrimitive known && (!known.isString() || isOpen())
            ? "set it to " + known.getAsString()
            : "set it";
    return manager
        + (subresource.isEmpty() ? "" : " (" + subresource + ")")
        + " "
        + set
        + " and manages it";
  }

  private boolean isOpen() {
    return MAYBE_SECRET.stream()
        .noneMatch(part ->
            field.startsWith(part)
                && (field.length() == part.length()
                    || ".[".indexOf(field.charAt(part.length())) >= 0));
  }
}
