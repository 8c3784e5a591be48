package ai.greenthread.k8s.node;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** What a kubelet writes of a pod. */
final class PodStatus {
  private static final Set<String> OWN =
      Set.of("Initialized", "Ready", "ContainersReady", "PodScheduled");

  private PodStatus() {}

  static JsonObject of(
      JsonObject pod,
      PodContext context,
      Instant since,
      List<ContainerRun> init,
      List<ContainerRun> main,
      Instant now) {
    String policy = Tree.text("Always", pod, "spec", "restartPolicy");
    boolean initialized = init.stream().allMatch(ContainerRun::succeeded);
    boolean ready = initialized && main.stream().allMatch(ContainerRun::ready);
    JsonObject status = new JsonObject();
    status.addProperty("phase", phase(policy, init, main));
    status.addProperty("hostIP", context.nodeAddress());
    status.addProperty("podIP", context.address());
    JsonObject address = new JsonObject();
    address.addProperty("ip", context.address());
    JsonArray addresses = new JsonArray();
    addresses.add(address);
    status.add("podIPs", addresses);
    status.addProperty("startTime", ContainerRun.time(since));

    JsonArray conditions = new JsonArray();
    conditions.add(condition(pod, "Initialized", initialized, now));
    conditions.add(condition(pod, "Ready", ready && gates(pod), now));
    conditions.add(condition(pod, "ContainersReady", ready, now));
    conditions.add(condition(pod, "PodScheduled", true, now));
    Tree.objects(pod, "status", "conditions").stream()
        .filter(one -> !OWN.contains(Tree.text("", one, "type")))
        .forEach(conditions::add);
    status.add("conditions", conditions);

    if (!init.isEmpty()) {
      status.add("initContainerStatuses", statuses(init, true));
    }
    status.add("containerStatuses", statuses(main, false));
    return status;
  }

  private static JsonArray statuses(List<ContainerRun> containers, boolean init) {
    JsonArray all = new JsonArray();
    containers.forEach(container -> all.add(container.status(init)));
    return all;
  }

  private static String phase(String policy, List<ContainerRun> init, List<ContainerRun> main) {
    if (policy.equals("Never") && init.stream().anyMatch(one -> one.ended() && !one.succeeded())) {
      return "Failed";
    }
    if (main.stream().noneMatch(ContainerRun::begun)) {
      return "Pending";
    }
    if (policy.equals("Always") || !main.stream().allMatch(ContainerRun::ended)) {
      return "Running";
    }
    if (main.stream().allMatch(ContainerRun::succeeded)) {
      return "Succeeded";
    }
    return policy.equals("Never") ? "Failed" : "Running";
  }

  /** What others have to say before the pod counts as ready. */
  private static boolean gates(JsonObject pod) {
    return Tree.objects(pod, "spec", "readinessGates").stream()
        .allMatch(gate -> holds(pod, Tree.text("", gate, "conditionType")));
  }

  private static boolean holds(JsonObject pod, String type) {
    return Tree.objects(pod, "status", "conditions").stream()
        .anyMatch(one ->
            Tree.text("", one, "type").equals(type) && Tree.text("", one, "status").equals("True"));
  }

  private static JsonObject condition(JsonObject pod, String type, boolean holds, Instant now) {
    String value = holds ? "True" : "False";
    for (JsonObject before : Tree.objects(pod, "status", "conditions")) {
      if (Tree.text("", before, "type").equals(type)
          && Tree.text("", before, "status").equals(value)) {
        return before;
      }
    }
    JsonObject condition = new JsonObject();
    condition.addProperty("type", type);
    condition.addProperty("status", value);
    condition.addProperty("lastTransitionTime", ContainerRun.time(now));
    return condition;
  }
}
