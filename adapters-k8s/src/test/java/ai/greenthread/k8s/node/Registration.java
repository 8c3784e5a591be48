package ai.greenthread.k8s.node;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.controlplane.ControlPlane;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** The Node object of a stand-in node and the Lease that says that it is alive. */
final class Registration implements AutoCloseable {
  private static final String NODES = "/api/v1/nodes";
  private static final String LEASES =
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  private static final Map<String, String> CAPACITY =
      Map.of("cpu", "16", "memory", "64Gi", "pods", "110", "ephemeral-storage", "100Gi");

  private final NodeApi api;
  private final NodeSpec spec;
  private final String address;
  private final Thread heart;
  private volatile boolean closed;

  Registration(NodeApi api, NodeSpec spec, String address) {
    this.api = api;
    this.spec = spec;
    this.address = address;
    this.heart = Thread.ofVirtual().name("node " + spec.name()).unstarted(this::beat);
  }

  /** Registers the node, then keeps saying that it is alive. */
  void start() throws IOException {
    // One of an earlier run may have other labels and taints.
    api.delete(path());
    ControlPlane.demand(api.create(NODES, node()), "register node " + spec.name());
    ControlPlane.demand(api.patch(path() + "/status", status()), "write the node's status");
    renew();
    heart.start();
  }

  void wake() {
    LockSupport.unpark(heart);
  }

  private String path() {
    return NODES + "/" + spec.name();
  }

  private void beat() {
    while (!closed) {
      LockSupport.parkNanos(spec.leasePeriod().toNanos());
      try {
        if (!closed) {
          renew();
          report();
        }
      } catch (IOException | RuntimeException e) {
        // The server is away: the next beat tries again.
      }
    }
  }

  private void renew() throws IOException {
    JsonObject lease = new JsonObject();
    lease.addProperty("holderIdentity", spec.name());
    lease.addProperty("leaseDurationSeconds", 40);
    lease.addProperty("renewTime", Instant.now().truncatedTo(ChronoUnit.MICROS).toString());
    JsonObject object = named(spec.name());
    object.add("spec", lease);
    if (api.patch(LEASES + "/" + spec.name(), object).status() == 404) {
      api.create(LEASES, object);
    }
  }

  /** Writes the status where somebody has come to doubt it, or the whole node where it is gone. */
  private void report() throws IOException {
    Answer answer = api.get(path());
    if (answer.status() == 404) {
      api.create(NODES, node());
    } else if (answer.ok()) {
      boolean ready =
          Tree.objects(answer.body(), "status", "conditions").stream()
              .anyMatch(one ->
                  Tree.text("", one, "type").equals("Ready")
                      && Tree.text("", one, "status").equals("True"));
      if (ready) {
        return;
      }
    }
    api.patch(path() + "/status", status());
  }

  void remove() throws IOException {
    api.delete(path());
    api.delete(LEASES + "/" + spec.name());
  }

  private static JsonObject named(String name) {
    JsonObject metadata = new JsonObject();
    metadata.addProperty("name", name);
    JsonObject object = new JsonObject();
    object.add("metadata", metadata);
    return object;
  }

  private JsonObject node() {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("kubernetes.io/hostname", spec.name());
    labels.put("kubernetes.io/os", "linux");
    labels.put("kubernetes.io/arch", "amd64");
    labels.putAll(spec.labels());
    JsonObject node = named(spec.name());
    node.getAsJsonObject("metadata").add("labels", texts(labels));
    JsonArray taints = new JsonArray();
    for (String text : spec.taints()) {
      taints.add(taint(text));
    }
    JsonObject inner = new JsonObject();
    inner.add("taints", taints);
    node.add("spec", inner);
    return node;
  }

  private static JsonObject taint(String text) {
    List<String> effect = List.of(text.split(":", 2));
    List<String> key = List.of(effect.getFirst().split("=", 2));
    JsonObject taint = new JsonObject();
    taint.addProperty("key", key.getFirst());
    if (key.size() > 1) {
      taint.addProperty("value", key.getLast());
    }
    taint.addProperty("effect", effect.getLast());
    return taint;
  }

  private JsonObject status() {
    Map<String, String> quantities = new LinkedHashMap<>(CAPACITY);
    quantities.putAll(spec.capacity());
    JsonObject status = new JsonObject();
    status.add("capacity", texts(quantities));
    status.add("allocatable", texts(quantities));
    JsonArray addresses = new JsonArray();
    addresses.add(texts(Map.of("type", "InternalIP", "address", address)));
    addresses.add(texts(Map.of("type", "Hostname", "address", spec.name())));
    status.add("addresses", addresses);
    String now = ContainerRun.time(Instant.now());
    JsonArray conditions = new JsonArray();
    for (String type : List.of("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")) {
      boolean ready = type.equals("Ready");
      conditions.add(
          texts(
              Map.of(
                  "type", type,
                  "status", ready ? "True" : "False",
                  "reason", ready ? "KubeletReady" : "KubeletHasNoPressure",
                  "lastHeartbeatTime", now,
                  "lastTransitionTime", now)));
    }
    status.add("conditions", conditions);
    JsonObject patch = new JsonObject();
    patch.add("status", status);
    return patch;
  }

  private static JsonObject texts(Map<String, String> all) {
    JsonObject object = new JsonObject();
    all.forEach(object::addProperty);
    return object;
  }

  @Override
  public void close() {
    closed = true;
    wake();
  }
}
