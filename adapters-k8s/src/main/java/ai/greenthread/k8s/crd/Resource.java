package ai.greenthread.k8s.crd;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The kinds of object that GreenThread adds to a cluster; all are namespaced. */
public enum Resource {
  MODEL("Model", "models"),
  GPU("GPU", "gpus"),
  GPU_SHARE_CLAIM("GPUShareClaim", "gpushareclaims"),
  STORAGE_NODE("StorageNode", "storagenodes");

  public static final String GROUP = "greenthread.ai";
  public static final String VERSION = "v1alpha1";
  public static final String API_VERSION = GROUP + "/" + VERSION;

  /** Where the API server keeps definitions of resources. */
  public static final String DEFINITIONS =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

  private final String kind;
  private final String plural;

  Resource(String kind, String plural) {
    this.kind = kind;
    this.plural = plural;
  }

  public String kind() {
    return kind;
  }

  public String plural() {
    return plural;
  }

  /** Path of all objects in all namespaces. */
  public String path() {
    return "/apis/" + API_VERSION + "/" + plural;
  }

  /** Path of all objects in a namespace. */
  public String path(String namespace) {
    return "/apis/" + API_VERSION + "/namespaces/" + namespace + "/" + plural;
  }

  /** Path of one object. */
  public String path(String namespace, String name) {
    return path(namespace) + "/" + name;
  }

  /** Path of one object's status. */
  public String statusPath(String namespace, String name) {
    return path(namespace, name) + "/status";
  }

  /** The {@code CustomResourceDefinition}; the tree is the caller's own. */
  public JsonObject definition() {
    String file = "/crds/" + plural + ".yaml";
    try (InputStream yaml = Resource.class.getResourceAsStream(file)) {
      if (yaml == null) {
        throw new IllegalStateException(file + " is not on the class path");
      }
      Map<String, Object> tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
      return new Gson().toJsonTree(tree).getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
