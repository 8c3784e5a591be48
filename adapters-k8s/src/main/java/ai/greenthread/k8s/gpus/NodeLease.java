package ai.greenthread.k8s.gpus;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.MicroTime;
import ai.greenthread.k8s.client.Trees;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * By this lease the controller tells a node whose agent has died: whoever sees the same {@code
 * renewTime} for longer than {@code leaseDurationSeconds} may take the agent for dead. It is no
 * lock: of two agents during an update both renew it.
 *
 * @param api its time limit is how long each call may take
 * @param namespace where the lease is
 * @param node whose agent this is
 * @param identity of this process, for people: its pod's name
 * @param validity how long a renewal counts
 * @param clock for the times in the lease
 */
public record NodeLease(
    JsonApi api,
    String namespace,
    String node,
    String identity,
    Duration validity,
    InstantSource clock) {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  /**
   * Renews the lease, or makes it.
   *
   * @return why it could not be renewed now
   */
  public Optional<String> renew() {
    try {
      Answer answer = patch();
      if (answer.status() == NOT_FOUND) {
        answer = api.create(collection(), lease());
        if (answer.status() == CONFLICT) {
          answer = patch();
        }
      }
      return answer.ok()
          ? Optional.empty()
          : Optional.of("the lease " + NodeName.lease(node) + ": " + answer.describe());
    } catch (IOException e) {
      return Optional.of("the lease " + NodeName.lease(node) + ": " + e.getMessage());
    }
  }

  private Answer patch() throws IOException {
    return api.mergePatch(collection() + "/" + NodeName.lease(node), Trees.object("spec", spec()));
  }

  private JsonObject lease() {
    return Trees.object(
        "apiVersion",
        "coordination.k8s.io/v1",
        "kind",
        "Lease",
        "metadata",
        Trees.object(
            "name", NodeName.lease(node), "namespace", namespace, "labels", GpuFields.labels(node)),
        "spec",
        spec());
  }

  private JsonObject spec() {
    return Trees.object(
        "holderIdentity",
        identity,
        "leaseDurationSeconds",
        validity.toSeconds(),
        "renewTime",
        MicroTime.print(clock.instant()));
  }

  private String collection() {
    return "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
  }
}
