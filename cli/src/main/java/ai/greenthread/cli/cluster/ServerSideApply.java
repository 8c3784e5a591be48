package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.PutMode;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.ManagedFields;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.function.Consumer;

/**
 * Applies Models in gtctl's name. Fields that somebody else set to another value are a conflict,
 * unless that was {@code kubectl apply} without {@code --server-side}: that is the same person with
 * another tool, so its fields are handed over, as {@code kubectl apply --server-side} does. Without
 * it, what a manifest no longer says would stay for ever, since its first author still says it.
 */
final class ServerSideApply {
  /** Who says what {@code gtctl apply} says, in {@code managedFields}. */
  static final String MANAGER = "gtctl";

  /** Who says what {@code kubectl apply} says. */
  private static final String KUBECTL_APPLY = "kubectl-client-side-apply";

  private static final int CONFLICT = 409;

  /** A sidecar may write the Model's status between reading it and writing it. */
  private static final int ATTEMPTS = 5;

  private final ClusterApi api;
  private final Consumer<String> notes;

  /**
   * @param notes hears whose fields were handed over
   */
  ServerSideApply(ClusterApi api, Consumer<String> notes) {
    this.api = api;
    this.notes = notes;
  }

  /** Whatever the server says in the end. */
  Answer put(ModelRef model, JsonObject wanted, PutMode mode) {
    String path = Resource.MODEL.path(model.namespace(), model.name());
    Answer answer = apply(path, wanted, mode);
    List<FieldConflict> conflicts = FieldConflict.in(answer);
    boolean onlyKubectl =
        !conflicts.isEmpty()
            && conflicts.stream().allMatch(each -> each.manager().equals(KUBECTL_APPLY));
    if (mode.dryRun()) {
      return onlyKubectl ? apply(path, wanted, new PutMode(true, true)) : answer;
    }
    if (onlyKubectl || (answer.ok() && byKubectl(answer.body()))) {
      handOver(model, path);
      return apply(path, wanted, mode);
    }
    return answer;
  }

  private Answer apply(String path, JsonObject wanted, PutMode mode) {
    return api.ask(raw -> raw.applyStrictly(path, wanted, MANAGER, mode.dryRun(), mode.force()));
  }

  /** Makes what {@code kubectl apply} said of a Model what gtctl said. */
  private void handOver(ModelRef model, String path) {
    String what = "hand over the fields that kubectl apply set of Model " + model;
    for (int attempt = 1; ; attempt++) {
      JsonObject live = api.get(path, what);
      if (!byKubectl(live)) {
        return;
      }
      JsonObject metadata = new JsonObject();
      metadata.add("managedFields", ManagedFields.handedOver(live, KUBECTL_APPLY, MANAGER));
      metadata.add("resourceVersion", Trees.at(live, "metadata").get("resourceVersion"));
      JsonObject patch = new JsonObject();
      patch.add("metadata", metadata);
      Answer answer = api.ask(raw -> raw.mergePatch(path, patch));
      if (answer.status() != CONFLICT || attempt == ATTEMPTS) {
        api.expect(answer, what);
        notes.accept(
            "kubectl apply made Model " + model + "; from now on gtctl manages what it set");
        return;
      }
    }
  }

  private static boolean byKubectl(JsonObject model) {
    return ManagedFields.isUpdatedBy(model, KUBECTL_APPLY);
  }
}
