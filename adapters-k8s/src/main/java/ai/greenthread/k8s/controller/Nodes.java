package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.Toleration;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether a Model may be placed on a node, by the rules of Kubernetes' scheduler. */
final class Nodes {
  private Nodes() {}

  /** Why not; empty where it may. */
  static Optional<String> obstacle(ModelSpec spec, JsonObject node) {
    for (Map.Entry<String, String> wanted : spec.nodeSelector().entrySet()) {
      if (!Trees.label(node, wanted.getKey()).equals(Optional.of(wanted.getValue()))) {
        return Optional.of("its label " + wanted.getKey() + " is not " + wanted.getValue());
      }
    }
    for (JsonObject taint : Trees.items(Trees.at(node, "spec"), "taints")) {
      String effect = Trees.text(taint, "effect").orElse("");
      String key = Trees.text(taint, "key").orElse("");
      boolean keepsOut = effect.equals("NoSchedule") || effect.equals("NoExecute");
      if (keepsOut && !key.equals("nvidia.com/gpu") && !tolerated(spec.tolerations(), taint)) {
        return Optional.of("it has the taint " + key + ":" + effect);
      }
    }
    return Optional.empty();
  }

  private static boolean tolerated(List<Toleration> tolerations, JsonObject taint) {
    String key = Trees.text(taint, "key").orElse("");
    String value = Trees.text(taint, "value").orElse("");
    String effect = Trees.text(taint, "effect").orElse("");
    return tolerations.stream()
        .anyMatch(each ->
            (each.key().isEmpty() || each.key().equals(key))
                && (each.effect() == Toleration.Effect.ANY
                    || each.effect().wireName().equals(effect))
                && (each.operator() == Toleration.Operator.EXISTS || each.value().equals(value)));
  }
}
