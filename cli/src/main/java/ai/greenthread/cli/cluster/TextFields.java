package ai.greenthread.cli.cluster;

import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.Map;

/**
 * Makes texts of numbers where a Model's definition wants texts, as in {@code gpuMemoryUtilization:
 * 0.9} or {@code env: {PORT: 8080}}: whoever read the manifest warned of it and took it, and API
 * servers would not.
 */
final class TextFields {
  /** Digits that a number may be written with; a manifest with more was refused before. */
  private static final int MOST_DIGITS = 1000;

  private TextFields() {}

  /** Changes {@code model}. */
  static void quote(JsonObject model) {
    JsonObject version =
        Trees.items(Trees.at(Resource.MODEL.definition(), "spec"), "versions").getFirst();
    JsonObject spec = Trees.at(version, "schema", "openAPIV3Schema", "properties", "spec");
    if (model.has("spec")) {
      model.add("spec", quoted(model.get("spec"), spec));
    }
  }

  private static JsonElement quoted(JsonElement value, JsonObject type) {
    return switch (value) {
      case JsonObject object -> {
        JsonObject properties = Trees.at(type, "properties");
        JsonObject others = Trees.at(type, "additionalProperties");
        for (Map.Entry<String, JsonElement> field : object.entrySet()) {
          boolean known = properties.has(field.getKey());
          field.setValue(
              quoted(field.getValue(), known ? Trees.at(properties, field.getKey()) : others));
        }
        yield object;
      }
      case JsonArray array -> {
        for (int i = 0; i < array.size(); i++) {
          array.set(i, quoted(array.get(i), Trees.at(type, "items")));
        }
        yield array;
      }
      case JsonPrimitive number when number.isNumber() && isText(type) -> text(number);
      default -> value;
    };
  }

  private static boolean isText(JsonObject type) {
    return Trees.text(type, "type").filter("string"::equals).isPresent();
  }

  private static JsonPrimitive text(JsonPrimitive number) {
    BigDecimal value = number.getAsBigDecimal();
    return Math.abs((long) value.scale()) <= MOST_DIGITS
        ? new JsonPrimitive(value.toPlainString())
        : number;
  }
}
