package ai.greenthread.k8s.render;

import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;

/** What the sidecars of a namespace may do: accounts, and bindings of the chart's roles. */
public final class Access {
  /** May read Models of its namespace and patch their status. */
  public static final String MODELS_ROLE = "greenthread-sidecar-models";

  /** May read and watch GPU objects and patch their status. */
  public static final String GPUS_ROLE = "greenthread-sidecar-gpus";

  private static final String RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/";

  private Access() {}

  /**
   * An object and where it goes.
   *
   * @param path of the object itself
   */
  public record Placed(String path, JsonObject object) {}

  /**
   * All that the pods of one account in one namespace need.
   *
   * @param own the account is ours to make, not the user's
   */
  public static List<Placed> of(
      String namespace, String account, boolean own, String systemNamespace) {
    Placed models = binding(namespace, "greenthread-" + account, MODELS_ROLE, namespace, account);
    Placed gpus =
        binding(
            systemNamespace,
            "greenthread-" + namespace + "." + account,
            GPUS_ROLE,
            namespace,
            account);
    return own
        ? List.of(
            new Placed(
                "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + account,
                Trees.object(
                    "apiVersion",
                    "v1",
                    "kind",
                    "ServiceAccount",
                    "metadata",
                    metadata(namespace, account))),
            models,
            gpus)
        : List.of(models, gpus);
  }

  private static Placed binding(
      String namespace, String name, String role, String accountNamespace, String account) {
    return new Placed(
        RBAC + namespace + "/rolebindings/" + name,
        Trees.object(
            "apiVersion",
            "rbac.authorization.k8s.io/v1",
            "kind",
            "RoleBinding",
            "metadata",
            metadata(namespace, name),
            "roleRef",
            Trees.object(
                "apiGroup", "rbac.authorization.k8s.io", "kind", "ClusterRole", "name", role),
            "subjects",
            List.of(
                Trees.object(
                    "kind", "ServiceAccount", "name", account, "namespace", accountNamespace))));
  }

  private static JsonObject metadata(String namespace, String name) {
    return Trees.object(
        "name",
        name,
        "namespace",
        namespace,
        "labels",
        Map.of(Naming.MANAGED_BY, Naming.GREENTHREAD));
  }
}
