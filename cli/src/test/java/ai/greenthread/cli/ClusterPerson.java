package ai.greenthread.cli;

import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Somebody with rights in one namespace only: an account, and the kubeconfig that speaks for it.
 */
final class ClusterPerson {
  private static final String RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/";

  private final ControlPlane plane;
  private final String namespace;
  private final String name;

  private ClusterPerson(ControlPlane plane, String namespace, String name) {
    this.plane = plane;
    this.namespace = namespace;
    this.name = name;
  }

  /** Makes an account that may do nothing. */
  static ClusterPerson make(ControlPlane plane, String namespace, String name) throws IOException {
    ClusterPerson person = new ClusterPerson(plane, namespace, name);
    ControlPlane.demand(
        plane.api().create(person.core(), object("v1", "ServiceAccount", name)), "make an account");
    return person;
  }

  /** Lets it do that with Models of its namespace, and with nothing else. */
  ClusterPerson may(String... verbs) throws IOException {
    JsonObject role = object("rbac.authorization.k8s.io/v1", "Role", name);
    role.add(
        "rules",
        Trees.tree(
            List.of(
                Trees.object(
                    "apiGroups", List.of("greenthread.ai"),
                    "resources", List.of("models"),
                    "verbs", List.of(verbs)))));
    ControlPlane.demand(plane.api().create(RBAC + namespace + "/roles", role), "make a role");
    JsonObject binding = object("rbac.authorization.k8s.io/v1", "RoleBinding", name);
    binding.add(
        "roleRef",
        Trees.object("apiGroup", "rbac.authorization.k8s.io", "kind", "Role", "name", name));
    binding.add(
        "subjects",
        Trees.tree(
            List.of(Trees.object("kind", "ServiceAccount", "name", name, "namespace", namespace))));
    ControlPlane.demand(
        plane.api().create(RBAC + namespace + "/rolebindings", binding), "bind a role");
    return this;
  }

  /** Writes its kubeconfig. */
  Path kubeconfig(Path folder) throws IOException {
    JsonObject request =
        Trees.object("apiVersion", "authentication.k8s.io/v1", "kind", "TokenRequest");
    request.add("spec", new JsonObject());
    String token =
        Trees.text(
                Trees.at(
                    ControlPlane.demand(
                            plane.api().create(core() + "/" + name + "/token", request),
                            "get a token")
                        .body(),
                    "status"),
                "token")
            .orElseThrow();
    return Files.writeString(
        folder.resolve(name + ".kubeconfig"), plane.kubeconfig(plane.port(), Optional.of(token)));
  }

  private String core() {
    return "/api/v1/namespaces/" + namespace + "/serviceaccounts";
  }

  private static JsonObject object(String version, String kind, String name) {
    return Trees.object(
        "apiVersion", version, "kind", kind, "metadata", Trees.object("name", name));
  }
}
