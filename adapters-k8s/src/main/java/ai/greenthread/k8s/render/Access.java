package ai.greenthread.k8s.render;

import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the sidecars of a namespace may do: accounts, and bindings of the chart's roles. */
public final class Access {
  /** May read Models of its namespace and patch their status. */
  public static final String MODELS_ROLE = "greenthread-sidecar-models";

  /** May read and watch GPU objects and patch their status. */
  public static final String GPUS_ROLE = "greenthread-sidecar-gpus";

  private static final String RBAC = "/apis/rbac.authorization.k8s.io/v1/";

  /** Path of the bindings of all namespaces. */
  public static final String BINDINGS = RBAC + "rolebindings";

  private static final String PREFIX = "greenthread-";

  private Access() {}

  /**
   * An object and where it goes.
   *
   * @param path of the object itself
   */
  public record Placed(String path, JsonObject object) {}

  /** Whose rights are spoken of: pods of a namespace run by accounts of the same namespace. */
  public record Account(String namespace, String name) {
    @Override
    public String toString() {
      return namespace + "/" + name;
    }
  }

  /** The account itself, where it is ours to make and not the user's. */
  public static Placed serviceAccount(Account account) {
    return new Placed(
        "/api/v1/namespaces/" + account.namespace() + "/serviceaccounts/" + account.name(),
        Trees.object(
            "apiVersion",
            "v1",
            "kind",
            "ServiceAccount",
            "metadata",
            metadata(account.namespace(), account.name())));
  }

  /** All that the pods of one account need to be allowed. */
  public static List<Placed> bindings(Account account, String systemNamespace) {
    return List.of(
        binding(account.namespace(), modelsBinding(account), MODELS_ROLE, account),
        binding(systemNamespace, gpusBinding(account), GPUS_ROLE, account));
  }

  private static String modelsBinding(Account account) {
    return PREFIX + account.name();
  }

  private static String gpusBinding(Account account) {
    return PREFIX + account.namespace() + "." + account.name();
  }

  /** Whom a binding serves, if it is one of {@link #bindings}. */
  public static Optional<Account> holder(JsonObject binding, String systemNamespace) {
    List<JsonObject> subjects = Trees.items(binding, "subjects");
    if (subjects.size() != 1) {
      return Optional.empty();
    }
    JsonObject subject = subjects.getFirst();
    Account account =
        new Account(
            Trees.text(subject, "namespace").orElse(""), Trees.text(subject, "name").orElse(""));
    return bindings(account, systemNamespace).stream()
            .anyMatch(ours -> Trees.says(binding, withoutHeader(ours.object())))
        ? Optional.of(account)
        : Optional.empty();
  }

  /** Items of a list may come without kind and version. */
  private static JsonObject withoutHeader(JsonObject object) {
    JsonObject copy = object.deepCopy();
    copy.remove("apiVersion");
    copy.remove("kind");
    return copy;
  }

  /** Where a binding is. */
  public static String path(JsonObject binding) {
    return RBAC + "namespaces/" + Trees.namespace(binding) + "/rolebindings/" + Trees.name(binding);
  }

  private static Placed binding(String namespace, String name, String role, Account account) {
    JsonObject object =
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
                    "kind",
                    "ServiceAccount",
                    "name",
                    account.name(),
                    "namespace",
                    account.namespace())));
    return new Placed(path(object), object);
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
