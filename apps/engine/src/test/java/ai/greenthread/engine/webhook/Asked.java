package ai.greenthread.engine.webhook;

import static ai.greenthread.k8s.controlplane.ControlPlane.demand;

import ai.greenthread.k8s.admission.WebhookConfiguration;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.Await;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** A webhook on loopback that the API server asks; taken away again at the end. */
final class Asked implements AutoCloseable {
  private static final String CONFIGURATION =
      WebhookConfiguration.PATH + "/" + WebhookConfiguration.NAME;

  private final ControlPlane plane;
  private final JsonApi api;
  private final String systemNamespace;
  private final InstantSource clock;
  private final int port;
  private Webhook webhook;

  Asked(ControlPlane plane, InstantSource clock) throws IOException, InterruptedException {
    this.plane = plane;
    this.api = plane.api();
    this.clock = clock;
    this.systemNamespace = plane.newNamespace("webhook-system");
    this.port = freePort();
    demand(
        api.create(
            WebhookConfiguration.PATH, WebhookConfiguration.atUrl("https://127.0.0.1:" + port)),
        "create the configuration");
    this.webhook = run();
    awaitAsked();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Webhook run() throws InterruptedException {
    SecureRandom random = new SecureRandom();
    WebhookConfig config =
        new WebhookConfig(
            systemNamespace,
            "greenthread-webhook",
            List.of("127.0.0.1"),
            "127.0.0.1",
            port,
            Duration.ofMillis(100),
            Duration.ZERO,
            Duration.ofSeconds(20));
    return Webhook.start(config, api, clock, random, random);
  }

  /** A new configuration takes a moment to take effect. */
  void awaitAsked() throws IOException {
    JsonObject bad = object("Model", "probe", Map.of("modelName", "not an id"));
    String path = Resource.MODEL.path("default") + "?dryRun=All";
    Await.until(
        "the API server to ask the webhook",
        () -> holds(() -> api.create(path, bad).status() == 422));
  }

  Webhook webhook() {
    return webhook;
  }

  String systemNamespace() {
    return systemNamespace;
  }

  void stop() {
    webhook.close();
  }

  void startAgain() throws IOException, InterruptedException {
    webhook = run();
    awaitAsked();
  }

  static JsonObject object(String kind, String name, Object spec) {
    return Trees.object(
        "apiVersion",
        Resource.API_VERSION,
        "kind",
        kind,
        "metadata",
        Map.of("name", name),
        "spec",
        spec);
  }

  static Resource resource(String kind) {
    for (Resource resource : Resource.values()) {
      if (resource.kind().equals(kind)) {
        return resource;
      }
    }
    throw new IllegalArgumentException(kind);
  }

  /** Has an object judged and stored nowhere. */
  Answer dryRun(String namespace, JsonObject object) throws IOException {
    String kind = Trees.text(object, "kind").orElseThrow();
    return api.create(resource(kind).path(namespace) + "?dryRun=All", object);
  }

  ControlPlane plane() {
    return plane;
  }

  @Override
  public void close() throws IOException {
    webhook.close();
    demand(api.delete(CONFIGURATION), "delete the configuration");
    JsonObject anything = object("Model", "probe", Map.of("modelName", "not an id"));
    Await.until(
        "the API server to ask no more", () -> holds(() -> dryRun("default", anything).ok()));
  }

  private interface Question {
    boolean ask() throws IOException;
  }

  private static boolean holds(Question question) {
    try {
      return question.ask();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
