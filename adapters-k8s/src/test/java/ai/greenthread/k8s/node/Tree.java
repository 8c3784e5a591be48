package ai.greenthread.k8s.node;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what may be absent from JSON objects, by the path of its fields. */
public final class Tree {
  private Tree() {}

  private static Optional<JsonElement> find(JsonObject from, String... path) {
    JsonElement at = from;
    for (String field : path) {
      if (!(at instanceof JsonObject object) || !object.has(field)) {
        return Optional.empty();
      }
      at = object.get(field);
    }
    return at.isJsonNull() ? Optional.empty() : Optional.of(at);
  }

  public static boolean has(JsonObject from, String... path) {
    return find(from, path).isPresent();
  }

  /** The object there; an empty one that belongs to nobody where there is none. */
  public static JsonObject object(JsonObject from, String... path) {
    return find(from, path).orElse(null) instanceof JsonObject object ? object : new JsonObject();
  }

  public static Optional<String> text(JsonObject from, String... path) {
    return find(from, path).filter(JsonPrimitive.class::isInstance).map(JsonElement::getAsString);
  }

  public static String text(String fallback, JsonObject from, String... path) {
    return text(from, path).orElse(fallback);
  }

  public static int number(int fallback, JsonObject from, String... path) {
    return find(from, path)
        .filter(JsonPrimitive.class::isInstance)
        .map(JsonElement::getAsInt)
        .orElse(fallback);
  }

  public static boolean flag(boolean fallback, JsonObject from, String... path) {
    return find(from, path)
        .filter(JsonPrimitive.class::isInstance)
        .map(JsonElement::getAsBoolean)
        .orElse(fallback);
  }

  private static List<JsonElement> elements(JsonObject from, String... path) {
    return find(from, path).orElse(null) instanceof JsonArray array ? array.asList() : List.of();
  }

  public static List<JsonObject> objects(JsonObject from, String... path) {
    List<JsonObject> found = new ArrayList<>();
    for (JsonElement element : elements(from, path)) {
      if (element instanceof JsonObject object) {
        found.add(object);
      }
    }
    return found;
  }

  public static List<String> texts(JsonObject from, String... path) {
    return elements(from, path).stream().map(JsonElement::getAsString).toList();
  }

  /** The fields of the object there whose values are plain. */
  public static Map<String, String> map(JsonObject from, String... path) {
    Map<String, String> fields = new LinkedHashMap<>();
    object(from, path)
        .entrySet()
        .forEach(entry -> {
          if (entry.getValue().isJsonPrimitive()) {
            fields.put(entry.getKey(), entry.getValue().getAsString());
          }
        });
    return fields;
  }
}
