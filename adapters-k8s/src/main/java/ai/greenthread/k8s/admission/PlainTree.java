package ai.greenthread.k8s.admission;

import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns JSON into the maps, lists, texts and numbers that the domain reads manifests from. */
final class PlainTree {
  /** A server may hand out an object before it has made up its name. */
  private static final String MADE_UP = "xxxxx";

  private PlainTree() {}

  /**
   * An object as its author could have written it: what servers put into metadata is left out, as
   * newer ones may put in more than is known here.
   */
  static Map<String, @Nullable Object> manifest(JsonObject object, String kind) {
    JsonObject metadata = Trees.at(object, "metadata");
    Map<String, @Nullable Object> header = new LinkedHashMap<>();
    String name =
        Trees.text(metadata, "name")
            .filter(given -> !given.isEmpty())
            .or(() -> Trees.text(metadata, "generateName").map(start -> start + MADE_UP))
            .orElse("");
    header.put("name", name);
    for (String field : List.of("namespace", "labels", "annotations")) {
      if (metadata.has(field)) {
        header.put(field, of(metadata.get(field)));
      }
    }
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    // The items of a list come without them.
    tree.put("apiVersion", Trees.text(object, "apiVersion").orElse(Resource.API_VERSION));
    tree.put("kind", Trees.text(object, "kind").orElse(kind));
    tree.put("metadata", header);
    tree.put("spec", of(object.get("spec")));
    return tree;
  }

  static @Nullable Object of(@Nullable JsonElement element) {
    return switch (element) {
      case JsonObject object -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        object.entrySet().forEach(entry -> map.put(entry.getKey(), of(entry.getValue())));
        yield map;
      }
      case JsonArray array -> {
        List<@Nullable Object> list = new ArrayList<>();
        array.forEach(item -> list.add(of(item)));
        yield list;
      }
      case JsonPrimitive value when value.isBoolean() -> value.getAsBoolean();
      case JsonPrimitive value when value.isString() -> value.getAsString();
      case JsonPrimitive value -> number(value.getAsString());
      case null, default -> null;
    };
  }

  private static Number number(String digits) {
    return digits.matches("-?[0-9]+") ? new BigInteger(digits) : new BigDecimal(digits);
  }
}
