package ai.greenthread.k8s.crd;

import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns objects into the trees that the domain reads manifests from. */
public final class ManifestTree {
  /** A server may hand out an object before it has made up its name. */
  private static final String MADE_UP = "xxxxx";

  private ManifestTree() {}

  /**
   * An object as its author could have written it: what servers put into metadata is left out, as
   * newer ones may put in more than is known here.
   *
   * @param kind of an object that comes without its own
   */
  public static Map<String, @Nullable Object> of(JsonObject object, String kind) {
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
        header.put(field, Trees.plain(metadata.get(field)));
      }
    }
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    // The items of a list come without them.
    tree.put("apiVersion", Trees.text(object, "apiVersion").orElse(Resource.API_VERSION));
    tree.put("kind", Trees.text(object, "kind").orElse(kind));
    tree.put("metadata", header);
    tree.put("spec", object.has("spec") ? Trees.plain(object.get("spec")) : null);
    return tree;
  }
}
