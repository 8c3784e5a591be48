package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directories behind a pod's volumes. What Secrets, ConfigMaps and tokens say is written when
 * the pod starts and does not follow later changes.
 */
final class Volumes {
  static final String ACCOUNT_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

  private final NodeApi api;
  private final Fields fields;
  private final JsonObject pod;
  private final Path folder;
  private final Path claims;
  private final Map<String, Path> directories = new LinkedHashMap<>();

  /**
   * @param folder for the volumes that live as long as the pod
   * @param claims for those that outlive it
   */
  Volumes(NodeApi api, Fields fields, JsonObject pod, Path folder, Path claims) {
    this.api = api;
    this.fields = fields;
    this.pod = pod;
    this.folder = folder;
    this.claims = claims;
  }

  /** Makes all; may be called again after a failure. */
  void prepare() throws IOException, NotYet {
    for (JsonObject volume : Tree.objects(pod, "spec", "volumes")) {
      String name = Tree.text("", volume, "name");
      directories.put(name, directory(volume, folder.resolve(name)));
    }
  }

  private Path directory(JsonObject volume, Path own) throws IOException, NotYet {
    if (volume.has("hostPath")) {
      return Path.of(Tree.text("/", volume, "hostPath", "path"));
    }
    if (volume.has("persistentVolumeClaim")) {
      String claim = Tree.text("", volume, "persistentVolumeClaim", "claimName");
      return Files.createDirectories(claims.resolve(NodeApi.namespace(pod)).resolve(claim));
    }
    Files.createDirectories(own);
    if (volume.has("projected")) {
      for (JsonObject source : Tree.objects(volume, "projected", "sources")) {
        fill(source, own);
      }
    } else if (!volume.has("emptyDir")) {
      fill(volume, own);
    }
    return own;
  }

  private void fill(JsonObject source, Path own) throws IOException, NotYet {
    if (source.has("secret")) {
      JsonObject secret = Tree.object(source, "secret");
      String name = Tree.text(secret, "secretName").orElse(Tree.text("", secret, "name"));
      copy("secrets", name, secret, own);
    } else if (source.has("configMap")) {
      JsonObject map = Tree.object(source, "configMap");
      copy("configmaps", Tree.text("", map, "name"), map, own);
    } else if (source.has("serviceAccountToken")) {
      JsonObject token = Tree.object(source, "serviceAccountToken");
      Path file = own.resolve(Tree.text("token", token, "path"));
      Files.writeString(file, api.token(pod, Tree.text(token, "audience")));
    } else if (source.has("downwardAPI")) {
      for (JsonObject item : Tree.objects(source, "downwardAPI", "items")) {
        String value = fields.value(pod, Tree.text("", item, "fieldRef", "fieldPath"));
        write(own.resolve(Tree.text("", item, "path")), value.getBytes(StandardCharsets.UTF_8));
      }
    } else {
      throw new NotYet(
          "ContainerCreating", "the stand-in knows no such volume: " + source.keySet());
    }
  }

  private void copy(String plural, String name, JsonObject source, Path own)
      throws IOException, NotYet {
    boolean optional = Tree.flag(false, source, "optional");
    Map<String, byte[]> data = api.data(plural, NodeApi.namespace(pod), name, optional);
    List<JsonObject> items = Tree.objects(source, "items");
    if (items.isEmpty()) {
      for (Map.Entry<String, byte[]> entry : data.entrySet()) {
        write(own.resolve(entry.getKey()), entry.getValue());
      }
    }
    for (JsonObject item : items) {
      String key = Tree.text("", item, "key");
      byte[] value = data.get(key);
      if (value != null) {
        write(own.resolve(Tree.text(key, item, "path")), value);
      } else if (!optional) {
        throw new NotYet(
            "ContainerCreating", "%s \"%s\" has no key \"%s\"".formatted(plural, name, key));
      }
    }
  }

  private static void write(Path file, byte[] content) throws IOException {
    Files.createDirectories(file.resolveSibling("."));
    Files.write(file, content);
  }

  /** Where a container's mount paths lead. */
  Mounts mounts(JsonObject container) throws IOException, NotYet {
    Map<String, Path> mounts = new LinkedHashMap<>();
    for (JsonObject mount : Tree.objects(container, "volumeMounts")) {
      Path directory = directories.get(Tree.text("", mount, "name"));
      if (directory == null) {
        throw NotYet.config("no volume named " + Tree.text("", mount, "name"));
      }
      String part = Tree.text("", mount, "subPath");
      Path target = part.isEmpty() ? directory : directory.resolve(part);
      if (!Files.exists(target)) {
        Files.createDirectories(target);
      }
      mounts.put(Tree.text("", mount, "mountPath"), target);
    }
    return new Mounts(mounts);
  }

  /** Whether a container is given a token that the API server takes. */
  boolean hasToken(JsonObject container) {
    return Tree.objects(container, "volumeMounts").stream()
        .anyMatch(mount ->
            Tree.text("", mount, "mountPath").equals(ACCOUNT_MOUNT)
                || projectsToken(Tree.text("", mount, "name")));
  }

  private boolean projectsToken(String volume) {
    return Tree.objects(pod, "spec", "volumes").stream()
        .filter(one -> Tree.text("", one, "name").equals(volume))
        .flatMap(one -> Tree.objects(one, "projected", "sources").stream())
        .anyMatch(source ->
            source.has("serviceAccountToken")
                && !Tree.has(source, "serviceAccountToken", "audience"));
  }
}
