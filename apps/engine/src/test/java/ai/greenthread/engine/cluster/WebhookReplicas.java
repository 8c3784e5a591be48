package ai.greenthread.engine.cluster;

import ai.greenthread.k8s.admission.WebhookConfiguration;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.node.StandInNode;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One webhook on each node, behind a Service that the API server asks. */
final class WebhookReplicas implements AutoCloseable {
  private static final String NAME = "greenthread-webhook";
  private static final int PORT = 9443;

  private final JsonApi api;
  private final String namespace;
  private final List<EngineProcess> processes = new ArrayList<>();

  private WebhookReplicas(JsonApi api, String namespace) {
    this.api = api;
    this.namespace = namespace;
  }

  static WebhookReplicas start(
      ControlPlane plane, String namespace, Path program, Path folder, List<StandInNode> nodes)
      throws IOException {
    WebhookReplicas replicas = new WebhookReplicas(plane.api(), namespace);
    List<Object> addresses = new ArrayList<>();
    for (StandInNode node : nodes) {
      addresses.add(Map.of("ip", node.loopback().replaceFirst("^127", "10")));
      replicas.processes.add(
          new EngineProcess(
              program,
              folder.resolve("webhook-" + replicas.processes.size() + ".log"),
              Map.of(
                  "KUBECONFIG",
                  plane.kubeconfig().toString(),
                  "GREENTHREAD_SYSTEM_NAMESPACE",
                  namespace,
                  "GREENTHREAD_HOST",
                  node.loopback(),
                  "GREENTHREAD_WEBHOOK_PORT",
                  Integer.toString(PORT),
                  "GREENTHREAD_WEBHOOK_LOOK_PERIOD",
                  "1s",
                  "GREENTHREAD_WEBHOOK_LEAVE_DELAY",
                  "100ms"),
              "webhook"));
    }
    List<Object> ports = List.of(Map.of("name", "https", "port", PORT));
    replicas.make("/services", Trees.object("metadata", named(), "spec", Map.of("ports", ports)));
    replicas.make(
        "/endpoints",
        Trees.object(
            "metadata",
            named(),
            "subsets",
            List.of(Map.of("addresses", addresses, "ports", ports))));
    replicas.demand(
        replicas.api.create(
            WebhookConfiguration.PATH, WebhookConfiguration.atService(namespace, NAME, PORT)));
    return replicas;
  }

  private static Map<String, String> named() {
    return Map.of("name", NAME);
  }

  private String core(String resource) {
    return "/api/v1/namespaces/" + namespace + resource;
  }

  private void make(String resource, JsonObject object) throws IOException {
    api.delete(core(resource) + "/" + NAME);
    demand(api.create(core(resource), object));
  }

  private void demand(Answer answer) throws IOException {
    ControlPlane.demand(answer, "make what the webhook needs");
  }

  List<EngineProcess> processes() {
    return processes;
  }

  /** What becomes of a Model that only the webhook knows to be wrong; nothing is stored. */
  Answer judged(String models) throws IOException {
    return api.create(
        Resource.MODEL.path(models) + "?dryRun=All",
        Trees.object(
            "apiVersion",
            Resource.API_VERSION,
            "kind",
            Resource.MODEL.kind(),
            "metadata",
            Map.of("name", "wrong"),
            "spec",
            Trees.object("modelName", "a/b", "sleep", Map.of("drainTimeout", "25h"))));
  }

  /** Returns once the API server asks no more, since other tests share it. */
  @Override
  public void close() throws IOException {
    api.delete(WebhookConfiguration.PATH + "/" + WebhookConfiguration.NAME);
    processes.forEach(EngineProcess::close);
    try {
      while (!judged("default").ok()) {
        Thread.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
