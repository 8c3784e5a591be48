package ai.greenthread.cli.cluster;

import io.kubernetes.client.openapi.ApiClient;
import java.util.function.Supplier;

/**
 * A context of a kubeconfig: a cluster, and who one is there.
 *
 * @param name as {@code kubectl config get-contexts} has it
 * @param server URL of the API server
 * @param namespace where objects go that name none
 * @param client makes the client, which may ask a program for credentials
 */
public record ClusterContext(
    String name, String server, String namespace, Supplier<ApiClient> client) {

  /** For a sentence. */
  @Override
  public String toString() {
    return "context " + name + " (" + server + ")";
  }
}
