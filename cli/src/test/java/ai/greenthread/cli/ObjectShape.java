package ai.greenthread.cli;

import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Whether objects have the fields that the definition of their kind has, and of what types. */
final class ObjectShape {
  private final JsonObject schema;
  private final Set<String> more = new TreeSet<>();

  private ObjectShape(JsonObject schema) {
    this.schema = schema;
  }

  static ObjectShape of(Resource kind) {
    JsonObject version = Trees.items(Trees.at(kind.definition(), "spec"), "versions").getFirst();
    return new ObjectShape(Trees.at(version, "schema", "openAPIV3Schema"));
  }

  /** A field that Kubernetes has no name for. */
  ObjectShape and(String path) {
    more.add(path);
    return this;
  }

  /** What of an object the definition does not know, or knows otherwise. */
  List<String> strange(JsonNode object) {
    List<String> found = new ArrayList<>();
    compare("", object, schema, found);
    return found;
  }

  private void compare(String path, JsonNode value, JsonObject type, List<String> found) {
    if (!fits(value, Trees.text(type, "type").orElse(""))) {
      found.add(path + ": " + value + " is no " + type.get("type"));
    }
    if (value.isArray()) {
      value.forEach(item -> compare(path + "[]", item, Trees.at(type, "items"), found));
    }
    JsonObject properties = Trees.at(type, "properties");
    if (value.isObject() && !properties.isEmpty()) {
      value
          .properties()
          .forEach(field -> {
            String name = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
            if (properties.has(field.getKey())) {
              compare(name, field.getValue(), Trees.at(properties, field.getKey()), found);
            } else if (!more.contains(name)) {
              found.add(name + ": is no field of it");
            }
          });
    }
  }

  private static boolean fits(JsonNode value, String type) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      default -> true;
    };
  }

  /** Every field in a tree, with {@code []} for the items of an array. */
  static Set<String> paths(JsonNode tree) {
    Set<String> paths = new TreeSet<>();
    collect("", tree, paths);
    return paths;
  }

  private static void collect(String path, JsonNode value, Set<String> paths) {
    if (!path.isEmpty()) {
      paths.add(path);
    }
    value.forEach(item -> {
      if (value.isArray()) {
        collect(path + "[]", item, paths);
      }
    });
    value
        .properties()
        .forEach(field ->
            collect(
                path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                field.getValue(),
                paths));
  }
}
