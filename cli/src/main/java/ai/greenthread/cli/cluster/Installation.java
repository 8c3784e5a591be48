package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.Json;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.Trees;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.gson.JsonObject;

/** Whether the engine is installed in a cluster, and which. */
final class Installation {
  private static final String CONTROLLER = "greenthread-controller";

  private final ClusterApi api;
  private final ClusterContext where;
  private final String system;
  private final ClusterFailures failures;

  Installation(ClusterApi api, ClusterContext where, String system, ClusterFailures failures) {
    this.api = api;
    this.where = where;
    this.system = system;
    this.failures = failures;
  }

  /**
   * {@code {version, kubernetes, context, server, namespace, leader?, heardOf?}}; the last two are
   * missing where one may not see the controller's lease.
   */
  JsonNode describe() {
    ObjectNode tree = Json.mapper().createObjectNode();
    JsonObject server = api.get("/version", "ask for the version");
    Answer deployment =
        api.ask(
            raw -> raw.get("/apis/apps/v1/namespaces/" + system + "/deployments/" + CONTROLLER));
    tree.put(
        "version",
        deployment.ok()
            ? Trees.label(deployment.body(), "app.kubernetes.io/version").orElse("unknown")
            : "unknown");
    tree.put("kubernetes", Trees.text(server, "gitVersion").orElse("unknown"));
    tree.put("context", where.name());
    tree.put("server", where.server());
    tree.put("namespace", system);
    Answer lease =
        api.ask(raw ->
            raw.get("/apis/coordination.k8s.io/v1/namespaces/" + system + "/leases/" + CONTROLLER));
    if (lease.ok()) {
      JsonObject spec = Trees.at(lease.body(), "spec");
      tree.put("leader", Trees.text(spec, "holderIdentity").orElse(""));
      tree.put("heardOf", Trees.text(spec, "renewTime").orElse(""));
    } else if (lease.status() == 404 && !deployment.ok()) {
      throw failures.notInstalled("there is no controller in namespace " + system);
    } else if (lease.status() != 403) {
      api.expect(lease, "read the controller's lease");
    }
    return tree;
  }
}
