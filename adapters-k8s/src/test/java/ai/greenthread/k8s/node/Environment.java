package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The variables of one container, resolved as a kubelet does, save for those that tell where to
 * listen: they get the pod's loopback address, whatever the container says.
 */
final class Environment {
  private static final Pattern REFERENCE = Pattern.compile("\\$(\\$|\\(([-._a-zA-Z0-9]+)\\))");

  private final NodeApi api;
  private final Fields fields;
  private final Map<String, String> overrides;
  private final Map<String, String> declared = new LinkedHashMap<>();

  Environment(NodeApi api, Fields fields, String podLoopback, String nodeLoopback) {
    this.api = api;
    this.fields = fields;
    this.overrides =
        Map.of(
            "GREENTHREAD_HOST", podLoopback,
            "GREENTHREAD_LOOPBACK", podLoopback,
            "HOST_IP", nodeLoopback);
    declared.put("KUBERNETES_SERVICE_HOST", "127.0.0.1");
    declared.put("KUBERNETES_SERVICE_PORT", Integer.toString(api.podsPort()));
  }

  /** Takes a container's {@code envFrom} and {@code env}, in their order. */
  void declare(JsonObject pod, JsonObject container, Mounts mounts) throws IOException, NotYet {
    for (JsonObject source : Tree.objects(container, "envFrom")) {
      boolean secret = source.has("secretRef");
      JsonObject from = Tree.object(source, secret ? "secretRef" : "configMapRef");
      String prefix = Tree.text("", source, "prefix");
      api.data(
              secret ? "secrets" : "configmaps",
              NodeApi.namespace(pod),
              Tree.text("", from, "name"),
              Tree.flag(false, from, "optional"))
          .forEach((key, value) -> put(prefix + key, utf8(value), mounts));
    }
    for (JsonObject variable : Tree.objects(container, "env")) {
      String name = Tree.text("", variable, "name");
      if (variable.has("valueFrom")) {
        from(pod, container, name, Tree.object(variable, "valueFrom"), mounts);
      } else {
        put(name, expand(Tree.text("", variable, "value")), mounts);
      }
    }
  }

  private void from(
      JsonObject pod, JsonObject container, String name, JsonObject source, Mounts mounts)
      throws IOException, NotYet {
    if (source.has("fieldRef")) {
      put(name, fields.value(pod, Tree.text("", source, "fieldRef", "fieldPath")), mounts);
    } else if (source.has("resourceFieldRef")) {
      List<String> path =
          List.of(Tree.text("", source, "resourceFieldRef", "resource").split("\\.", 2));
      put(name, Tree.text("0", container, "resources", path.getFirst(), path.getLast()), mounts);
    } else {
      boolean secret = source.has("secretKeyRef");
      JsonObject reference = Tree.object(source, secret ? "secretKeyRef" : "configMapKeyRef");
      boolean optional = Tree.flag(false, reference, "optional");
      String object = Tree.text("", reference, "name");
      String key = Tree.text("", reference, "key");
      String plural = secret ? "secrets" : "configmaps";
      byte[] value = api.data(plural, NodeApi.namespace(pod), object, optional).get(key);
      if (value != null) {
        put(name, utf8(value), mounts);
      } else if (!optional) {
        throw NotYet.config("couldn't find key %s in %s %s".formatted(key, plural, object));
      }
    }
  }

  private void put(String name, String value, Mounts mounts) {
    declared.put(name, overrides.getOrDefault(name, mounts.onHost(value)));
  }

  private static String utf8(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }

  /** Replaces {@code $(NAME)} for names declared so far; {@code $$} is one dollar sign. */
  String expand(String text) {
    return REFERENCE
        .matcher(text)
        .replaceAll(match -> {
          String name = match.group(2);
          if (name == null) {
            return Matcher.quoteReplacement("$");
          }
          return Matcher.quoteReplacement(declared.getOrDefault(name, match.group()));
        });
  }

  List<String> expand(List<String> texts) {
    return texts.stream().map(this::expand).toList();
  }

  /** All that was declared, and the addresses even where they were not. */
  Map<String, String> variables() {
    Map<String, String> all = new LinkedHashMap<>(overrides);
    all.putAll(declared);
    return all;
  }
}
