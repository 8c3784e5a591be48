package ai.greenthread.engine.webhook;

import static ai.greenthread.k8s.controlplane.ControlPlane.demand;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.admission.WebhookConfiguration;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.Await;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The webhook's promises to a cluster, held with a real API server that asks it over TLS. */
@RealControlPlane
@Timeout(300)
class WebhookTest {
  private static final String KUBE_SYSTEM = "/api/v1/namespaces/kube-system";

  /** Certificates live for 90 days; so far back that two months later is still not the future. */
  private volatile Instant now = Instant.now().minus(Duration.ofDays(62));

  private final JsonApi api;
  private final String namespace;
  private final Asked asked;
  private final ControlPlane plane;

  WebhookTest(ControlPlane plane) throws IOException, InterruptedException {
    this.plane = plane;
    this.api = plane.api();
    this.namespace = plane.newNamespace("webhook");
    this.asked = new Asked(plane, () -> now);
  }

  @AfterEach
  void stop() throws IOException {
    asked.close();
  }

  private static JsonObject model(String name, String modelName) {
    return Asked.object("Model", name, Map.of("modelName", modelName));
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  @Test
  void withoutAWebhookNoModelGetsInAndNothingElseIsHeldUp() throws Exception {
    JsonObject spec = model("kept", "team/" + namespace);
    demand(api.create(Resource.MODEL.path(namespace), spec), "create a Model");
    JsonObject label =
        json("{\"metadata\": {\"labels\": {\"kubernetes.io/metadata.name\": \"kube-system\"}}}");
    demand(api.mergePatch(KUBE_SYSTEM, label), "label kube-system as newer servers do");

    asked.stop();

    for (String kind : List.of("Model", "GPUShareClaim")) {
      JsonObject good = Asked.object(kind, "good", Map.of("modelName", "a/good", "memory", "1Gi"));
      Answer refused = asked.dryRun(namespace, good);
      assertThat(refused.status()).as(kind).isEqualTo(500);
      assertThat(refused.message()).contains("failed calling webhook \"declared.greenthread.ai\"");
    }
    JsonObject gpu =
        Asked.object(
            "GPU", "gpu-n1-0", Map.of("nodeName", "n1", "index", 0, "totalMemoryBytes", 1L << 34));
    assertThat(asked.dryRun(namespace, gpu).status()).as("a node can join").isEqualTo(201);
    assertThat(
            asked
                .dryRun(namespace, Asked.object("StorageNode", "n1", Map.of("nodeName", "n1")))
                .status())
        .isEqualTo(201);
    assertThat(asked.dryRun("kube-system", model("m", "not an id")).status()).isEqualTo(201);
    JsonObject configMap =
        json("{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"c\"}}");
    assertThat(api.create("/api/v1/namespaces/" + namespace + "/configmaps", configMap).status())
        .isEqualTo(201);
    JsonObject ready = json("{\"status\": {\"phase\": \"Ready\"}}");
    assertThat(api.mergePatch(Resource.MODEL.statusPath(namespace, "kept"), ready).ok())
        .as("status")
        .isTrue();
    assertThat(api.delete(Resource.MODEL.path(namespace, "kept")).ok()).as("delete").isTrue();

    asked.startAgain();
    assertThat(asked.dryRun(namespace, model("good", "a/good")).status()).isEqualTo(201);
  }

  @Test
  void anObjectFromBeforeARuleCanBeLabelledMendedAndDeleted() throws Exception {
    asked.stop();
    api.delete(WebhookConfiguration.PATH + "/" + WebhookConfiguration.NAME);
    String path = Resource.MODEL.path(namespace);
    Await.until("the API server to ask no more", () -> created(path, model("old", "not an id")));
    demand(
        api.create(
            WebhookConfiguration.PATH,
            WebhookConfiguration.atUrl("https://127.0.0.1:" + asked.webhook().uri().getPort())),
        "configure again");
    asked.startAgain();

    String old = Resource.MODEL.path(namespace, "old");
    JsonObject finalizer =
        json("{\"metadata\": {\"labels\": {\"a\": \"b\"}, \"finalizers\": [\"example.com/x\"]}}");
    assertThat(api.mergePatch(old, finalizer).ok()).isTrue();
    assertThat(api.mergePatch(old, json("{\"spec\": {\"replicas\": 2}}")).ok())
        .as("what was wrong stays, what is changed is right")
        .isTrue();
    Answer worse = api.mergePatch(old, json("{\"spec\": {\"product\": \"A 40\"}}"));
    assertThat(worse.status()).isEqualTo(422);
    assertThat(worse.message()).contains("spec.product").doesNotContain("spec.modelName");
    assertThat(api.mergePatch(old, json("{\"spec\": {\"modelName\": \"a/mended\"}}")).ok())
        .isTrue();
    assertThat(api.delete(old).ok()).isTrue();
    assertThat(api.mergePatch(old, json("{\"metadata\": {\"finalizers\": null}}")).ok()).isTrue();
    assertThat(api.get(old).status()).isEqualTo(404);
  }

  private boolean created(String path, JsonObject object) {
    try {
      return api.create(path, object).ok();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void ofTwoModelsOfOneNameInARowOnlyTheFirstGetsIn() throws IOException {
    List<Integer> answers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      String name = "team/" + namespace + "-" + i;
      answers.add(api.create(Resource.MODEL.path(namespace), model("first-" + i, name)).status());
      answers.add(api.create(Resource.MODEL.path(namespace), model("second-" + i, name)).status());
    }

    for (int i = 0; i < 10; i++) {
      assertThat(answers.subList(2 * i, 2 * i + 2)).containsExactly(201, 422);
      demand(api.delete(Resource.MODEL.path(namespace, "first-" + i)), "delete");
    }
  }

  @Test
  void aCertificateIsReplacedWhileRequestsFlowAndNoneFails() throws Exception {
    Set<String> shown = ConcurrentHashMap.newKeySet();
    Set<Integer> trusted = new HashSet<>();
    ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    AtomicInteger answered = new AtomicInteger();
    List<Duration> moments =
        List.of(
            Duration.ZERO,
            Duration.ofDays(60),
            Duration.ofDays(60).plusHours(1),
            Duration.ofDays(60).plusHours(2));
    Instant start = now;
    try (var flow = Executors.newVirtualThreadPerTaskExecutor()) {
      AtomicBoolean going = new AtomicBoolean(true);
      for (int i = 0; i < 3; i++) {
        flow.execute(() -> ask(going, answered, wrong));
      }
      for (Duration moment : moments) {
        now = start.plus(moment);
        int authorities = moment.toDays() == 60 && moment.toHoursPart() < 2 ? 2 : 1;
        Await.until(
            authorities + " trusted authorities at " + moment, () -> trusted() == authorities);
        trusted.add(trusted());
        int before = answered.get();
        Await.until("requests to flow at " + moment, () -> answered.get() >= before + 30);
        shown.add(asked.webhook().identity().credential().toString() + serial());
      }
      going.set(false);
    }

    assertThat(wrong).isEmpty();
    assertThat(shown).as("certificates").hasSize(2);
    assertThat(trusted).containsExactlyInAnyOrder(1, 2);
  }

  private String serial() {
    return asked.webhook().identity().credential().chain().getFirst().getSerialNumber().toString();
  }

  private void ask(
      AtomicBoolean going, AtomicInteger answered, ConcurrentLinkedQueue<String> wrong) {
    int round = 0;
    while (going.get()) {
      boolean good = round++ % 2 == 0;
      try {
        Answer answer = asked.dryRun(namespace, model("flow", good ? "a/flow" : "not an id"));
        if (answer.status() != (good ? 201 : 422)) {
          wrong.add(answer.describe());
        }
      } catch (IOException e) {
        wrong.add(e.toString());
      }
      answered.incrementAndGet();
    }
  }

  private String bundle() {
    try {
      JsonObject configuration =
          api.get(WebhookConfiguration.PATH + "/" + WebhookConfiguration.NAME).body();
      JsonObject client =
          Trees.at(Trees.items(configuration, "webhooks").getFirst(), "clientConfig");
      byte[] pem = Base64.getDecoder().decode(Trees.text(client, "caBundle").orElse(""));
      return new String(pem, StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return "";
    }
  }

  private int trusted() {
    return bundle().split("BEGIN CERTIFICATE", -1).length - 1;
  }

  private HttpClient client() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    var factory = CertificateFactory.getInstance("X.509");
    store.setCertificateEntry(
        "ca",
        factory.generateCertificate(
            new ByteArrayInputStream(bundle().getBytes(StandardCharsets.US_ASCII))));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private HttpResponse<String> get(HttpClient client, String path) throws Exception {
    URI uri = asked.webhook().uri().resolve(path);
    return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void probesAndMetricsAreServedBesideReviews() throws Exception {
    HttpClient client = client();

    assertThat(get(client, "/health").statusCode()).isEqualTo(200);
    assertThat(get(client, "/ready").statusCode()).isEqualTo(200);
    HttpResponse<String> metrics = get(client, "/metrics");
    assertThat(metrics.body())
        .contains("gthread_webhook_reviews_total{kind=\"Model\",outcome=\"refused\"}")
        .contains("gthread_webhook_certificate_expiry_timestamp_seconds")
        .contains("gthread_webhook_review_duration_seconds_count");
    HttpResponse<String> malformed =
        client.send(
            HttpRequest.newBuilder(asked.webhook().uri().resolve("/validate"))
                .POST(HttpRequest.BodyPublishers.ofString("{\"secret\": hunter2"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(malformed.statusCode()).isEqualTo(400);
    assertThat(malformed.body()).contains("AdmissionReview").doesNotContain("hunter2");
  }

  @Test
  void warningsReachWhoeverWrote() throws Exception {
    JsonObject claim = Asked.object("GPUShareClaim", "claim", Map.of("memory", 8));
    HttpClient client = client();
    String review =
        """
        {"request": {"uid": "1", "operation": "CREATE",
         "kind": {"group": "greenthread.ai", "version": "v1alpha1", "kind": "GPUShareClaim"},
         "object": %s}}
        """
            .formatted(claim);

    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(asked.webhook().uri().resolve("/validate"))
                .POST(HttpRequest.BodyPublishers.ofString(review))
                .build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(answer.body()).contains("\"allowed\":true", "was a unit forgotten, as in 8Gi?");
    assertThat(plane.port()).isPositive();
  }
}
