package ai.greenthread.engine.webhook;

import static ai.greenthread.k8s.controlplane.ControlPlane.demand;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.engine.Engine;
import ai.greenthread.k8s.admission.CertificateSettings;
import ai.greenthread.k8s.admission.WebhookConfiguration;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.Await;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The webhook as it is deployed: a process that is told everything by its environment. */
@RealControlPlane
@Timeout(180)
class WebhookProcessTest {
  private static final String CONFIGURATION =
      WebhookConfiguration.PATH + "/" + WebhookConfiguration.NAME;

  private final ControlPlane plane;
  private final JsonApi api;
  private final String namespace;

  @TempDir private Path folder;

  WebhookProcessTest(ControlPlane plane) throws IOException {
    this.plane = plane;
    this.api = plane.api();
    this.namespace = plane.newNamespace("webhook-process");
  }

  @AfterEach
  void unconfigure() throws IOException {
    api.delete(CONFIGURATION);
    JsonObject anything = Asked.object("Model", "probe", Map.of("modelName", "not an id"));
    Await.until("the API server to ask no more", () -> status(anything) == 201);
  }

  private int status(JsonObject object) {
    try {
      return api.create(Resource.MODEL.path(namespace) + "?dryRun=All", object).status();
    } catch (IOException e) {
      return -1;
    }
  }

  private Process start(int port, Path log) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Engine.class.getName(),
                    "webhook"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "KUBECONFIG", plane.kubeconfig().toString(),
                "GREENTHREAD_SYSTEM_NAMESPACE", namespace,
                "GREENTHREAD_HOST", "127.0.0.1",
                "GREENTHREAD_WEBHOOK_PORT", Integer.toString(port),
                "GREENTHREAD_WEBHOOK_EXTRA_NAMES", "127.0.0.1",
                "GREENTHREAD_WEBHOOK_LOOK_PERIOD", "200ms",
                "GREENTHREAD_WEBHOOK_LEAVE_DELAY", "100ms",
                "GREENTHREAD_WEBHOOK_API_TIMEOUT", "20s"));
    return builder.start();
  }

  @Test
  void itMakesItsCertificateIsAskedAndEndsInOrderWhenToldTo() throws Exception {
    int port = Asked.freePort();
    Path log = folder.resolve("webhook.log");
    Process process = start(port, log);
    try {
      // It is there before anybody asks it, as when a chart is installed.
      demand(
          api.create(
              WebhookConfiguration.PATH, WebhookConfiguration.atUrl("https://127.0.0.1:" + port)),
          "create the configuration");
      JsonObject bad = Asked.object("Model", "bad", Map.of("modelName", "not an id"));
      Await.until("the process to be asked", () -> status(bad) == 422);

      Answer secret =
          api.get("/api/v1/namespaces/" + namespace + "/secrets/" + CertificateSettings.SECRET);
      assertThat(Trees.at(secret.body(), "data").keySet())
          .containsExactlyInAnyOrder("tls.crt", "tls.key", "tls-ca", "ca.crt");

      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("it ends").isTrue();
      assertThat(Files.readString(log))
          .contains("the webhook is at https://127.0.0.1:" + port)
          .doesNotContain("PRIVATE KEY", "Exception");
      assertThat(status(bad)).as("fail closed").isEqualTo(500);
    } finally {
      process.destroyForcibly();
    }
  }
}
