package ai.greenthread.k8s.client;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads and makes objects as trees. What is absent, or of another kind than asked for, reads as
 * empty: objects come from people and from newer servers.
 */
public final class Trees {
  private Trees() {}

  /** The child object at that path; an empty one where there is none. */
  public static JsonObject at(JsonObject tree, String... path) {
    JsonObject here = tree;
    for (String name : path) {
      if (!(here.get(name) instanceof JsonObject child)) {
        return new JsonObject();
      }
      here = child;
    }
    return here;
  }

  /** The text of a field. */
  public static Optional<String> text(JsonObject tree, String field) {
    return tree.get(field) instanceof JsonPrimitive value
        ? Optional.of(value.getAsString())
        : Optional.empty();
  }

  /** The number of a field; zero where there is none. */
  public static long number(JsonObject tree, String field) {
    return tree.get(field) instanceof JsonPrimitive value && value.isNumber()
        ? value.getAsLong()
        : 0;
  }

  /** Whether a field is true. */
  public static boolean flag(JsonObject tree, String field) {
    return tree.get(field) instanceof JsonPrimitive value
        && value.isBoolean()
        && value.getAsBoolean();
  }

  /** The objects in an array field. */
  public static List<JsonObject> items(JsonObject tree, String field) {
    List<JsonObject> items = new ArrayList<>();
    if (tree.get(field) instanceof JsonArray array) {
      for (JsonElement item : array) {
        if (item instanceof JsonObject object) {
          items.add(object);
        }
      }
    }
    return items;
  }

  /** {@code metadata.name}; empty where there is none. */
  public static String name(JsonObject object) {
    return text(at(object, "metadata"), "name").orElse("");
  }

  /** {@code metadata.namespace}; empty for what belongs to the whole cluster. */
  public static String namespace(JsonObject object) {
    return text(at(object, "metadata"), "namespace").orElse("");
  }

  /** {@code metadata.uid}; empty where there is none. */
  public static String uid(JsonObject object) {
    return text(at(object, "metadata"), "uid").orElse("");
  }

  /** One label. */
  public static Optional<String> label(JsonObject object, String name) {
    return text(at(object, "metadata", "labels"), name);
  }

  /** One annotation. */
  public static Optional<String> annotation(JsonObject object, String name) {
    return text(at(object, "metadata", "annotations"), name);
  }

  /** Whether the object is on its way out. */
  public static boolean deleting(JsonObject object) {
    return at(object, "metadata").has("deletionTimestamp");
  }

  /** The tree of a value made of maps, lists, texts, numbers and trees. */
  public static JsonElement tree(Object value) {
    return switch (value) {
      case JsonElement element -> element;
      case Map<?, ?> map -> {
        JsonObject object = new JsonObject();
        map.forEach((key, child) -> object.add(String.valueOf(key), tree(child)));
        yield object;
      }
      case Iterable<?> list -> {
        JsonArray array = new JsonArray();
        list.forEach(item -> array.add(tree(item)));
        yield array;
      }
      case Number number -> new JsonPrimitive(number);
      case Boolean flag -> new JsonPrimitive(flag);
      default -> new JsonPrimitive(value.toString());
    };
  }

  /** The maps, lists, texts, numbers and flags of a tree; null for JSON's null. */
  public static @Nullable Object plain(JsonElement tree) {
    return switch (tree) {
      case JsonObject object -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        object.entrySet().forEach(field -> map.put(field.getKey(), plain(field.getValue())));
        yield map;
      }
      case JsonArray array -> {
        List<@Nullable Object> list = new ArrayList<>();
        array.forEach(item -> list.add(plain(item)));
        yield list;
      }
      case JsonPrimitive value when value.isBoolean() -> value.getAsBoolean();
      case JsonPrimitive value when value.isNumber() -> number(value.getAsBigDecimal());
      case JsonPrimitive value -> value.getAsString();
      default -> null;
    };
  }

  /** As a YAML parser would give it: an int where it is one. */
  private static Object number(BigDecimal value) {
    try {
      long whole = value.longValueExact();
      return whole == (int) whole ? (Object) (int) whole : (Object) whole;
    } catch (ArithmeticException e) {
      return value.doubleValue();
    }
  }

  /** The object of these fields, in this order: name, value, name, value. */
  public static JsonObject object(Object... fields) {
    JsonObject object = new JsonObject();
    for (int i = 0; i < fields.length; i += 2) {
      object.add((String) fields[i], tree(fields[i + 1]));
    }
    return object;
  }

  /**
   * Whether {@code live} says all that {@code wanted} says. It may say more, as a server fills in
   * defaults, but not where {@code wanted} says null, as in a merge patch; the items of an array
   * are compared one by one, and there may not be more of them.
   */
  public static boolean says(JsonElement live, JsonElement wanted) {
    if (wanted instanceof JsonObject object) {
      return live instanceof JsonObject has
          && object.entrySet().stream()
              .allMatch(field ->
                  has.has(field.getKey())
                      ? says(has.get(field.getKey()), field.getValue())
                      : field.getValue().isJsonNull());
    }
    if (wanted instanceof JsonArray array) {
      if (!(live instanceof JsonArray has) || has.size() != array.size()) {
        return false;
      }
      for (int i = 0; i < array.size(); i++) {
        if (!says(has.get(i), array.get(i))) {
          return false;
        }
      }
      return true;
    }
    return wanted.equals(live);
  }
}
