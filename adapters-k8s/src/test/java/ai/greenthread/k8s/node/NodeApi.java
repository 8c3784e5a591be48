package ai.greenthread.k8s.node;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What a kubelet asks the API server; nothing gets through while the node is cut off. */
final class NodeApi {
  private static final int TOKEN_SECONDS = 24 * 3600;

  private final JsonApi api;
  private final ControlPlane plane;
  private final int podsPort;
  private volatile boolean cutOff;

  /**
   * @param podsPort where the API server is for pods
   */
  NodeApi(ControlPlane plane, int podsPort) {
    this.api = plane.api();
    this.plane = plane;
    this.podsPort = podsPort;
  }

  void cutOff(boolean now) {
    cutOff = now;
  }

  private JsonApi reach() throws IOException {
    if (cutOff) {
      throw new IOException("the node is cut off");
    }
    return api;
  }

  static String podPath(JsonObject pod) {
    return "/api/v1/namespaces/%s/pods/%s".formatted(namespace(pod), name(pod));
  }

  static String namespace(JsonObject object) {
    return Tree.text("", object, "metadata", "namespace");
  }

  static String name(JsonObject object) {
    return Tree.text("", object, "metadata", "name");
  }

  static String uid(JsonObject object) {
    return Tree.text("", object, "metadata", "uid");
  }

  /** Writes a pod's status; whether it still is that pod. */
  boolean writeStatus(JsonObject pod, JsonObject status) throws IOException {
    JsonObject patch = new JsonObject();
    JsonObject metadata = new JsonObject();
    // Another pod of the same name has another uid, which makes this a conflict.
    metadata.addProperty("uid", uid(pod));
    patch.add("metadata", metadata);
    patch.add("status", status);
    Answer answer = reach().mergePatch(podPath(pod) + "/status", patch);
    if (answer.status() == 404 || answer.status() == 409) {
      return false;
    }
    if (!answer.ok()) {
      throw new IOException(
          "cannot write the status of " + podPath(pod) + ": " + answer.describe());
    }
    return true;
  }

  /** Removes a pod whose processes have ended; fine if it is gone, or another of its name. */
  void remove(JsonObject pod) throws IOException {
    Answer answer = reach().delete(podPath(pod) + "?gracePeriodSeconds=0&uid=" + uid(pod));
    if (!answer.ok() && answer.status() != 404 && answer.status() != 409) {
      throw new IOException("cannot remove " + podPath(pod) + ": " + answer.describe());
    }
  }

  /** A Secret's or ConfigMap's data. */
  Map<String, byte[]> data(String plural, String namespace, String name, boolean optional)
      throws IOException, NotYet {
    Answer answer = reach().get("/api/v1/namespaces/%s/%s/%s".formatted(namespace, plural, name));
    if (answer.status() == 404) {
      if (optional) {
        return Map.of();
      }
      throw NotYet.config("%s \"%s\" not found".formatted(plural, name));
    }
    if (!answer.ok()) {
      throw new IOException("cannot read %s %s: %s".formatted(plural, name, answer.describe()));
    }
    Map<String, byte[]> data = new LinkedHashMap<>();
    boolean encoded = plural.equals("secrets");
    Tree.map(answer.body(), "data")
        .forEach((key, text) ->
            data.put(
                key,
                encoded
                    ? Base64.getDecoder().decode(text)
                    : text.getBytes(StandardCharsets.UTF_8)));
    Tree.map(answer.body(), "binaryData")
        .forEach((key, text) -> data.put(key, Base64.getDecoder().decode(text)));
    return data;
  }

  /** A token of the pod's service account that is good as long as the pod lives, a day at most. */
  String token(JsonObject pod, Optional<String> audience) throws IOException, NotYet {
    JsonObject bound = new JsonObject();
    bound.addProperty("kind", "Pod");
    bound.addProperty("apiVersion", "v1");
    bound.addProperty("name", name(pod));
    bound.addProperty("uid", uid(pod));
    JsonArray audiences = new JsonArray();
    audience.ifPresent(audiences::add);
    JsonObject spec = new JsonObject();
    spec.add("audiences", audiences);
    spec.addProperty("expirationSeconds", TOKEN_SECONDS);
    spec.add("boundObjectRef", bound);
    JsonObject request = new JsonObject();
    request.addProperty("apiVersion", "authentication.k8s.io/v1");
    request.addProperty("kind", "TokenRequest");
    request.add("spec", spec);
    String account = Tree.text("default", pod, "spec", "serviceAccountName");
    Answer answer =
        reach()
            .create(
                "/api/v1/namespaces/%s/serviceaccounts/%s/token".formatted(namespace(pod), account),
                request);
    if (!answer.ok()) {
      throw new NotYet(
          "ContainerCreating", "no token of account " + account + ": " + answer.describe());
    }
    return Tree.text(answer.body(), "status", "token")
        .orElseThrow(() -> new NotYet("ContainerCreating", "a token request without a token"));
  }

  String kubeconfig(Optional<String> token) throws IOException {
    return plane.kubeconfig(podsPort, token);
  }

  int podsPort() {
    return podsPort;
  }

  Answer get(String path) throws IOException {
    return reach().get(path);
  }

  Answer create(String path, JsonObject object) throws IOException {
    return reach().create(path, object);
  }

  Answer patch(String path, JsonObject change) throws IOException {
    return reach().mergePatch(path, change);
  }

  Answer delete(String path) throws IOException {
    return reach().delete(path);
  }
}
