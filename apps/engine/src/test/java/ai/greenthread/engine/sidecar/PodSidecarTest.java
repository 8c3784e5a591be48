package ai.greenthread.engine.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.FaultProxy;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.crd.ManifestTree;
import ai.greenthread.k8s.crd.Resource;
import ai.greenthread.k8s.ledger.Await;
import ai.greenthread.scheduling.policy.PolicyName;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sidecar that comes up while the API server does not answer. */
@RealControlPlane
class PodSidecarTest {
  private static final Duration LIMIT = Duration.ofSeconds(2);

  /** Nothing listens there. */
  private static final URI NOBODY = URI.create("http://127.0.0.1:9");

  @Test
  void theDoorIsOpenBeforeTheApiServerAnswersAndTheBootGoesOnOnceItDoes(
      ControlPlane plane, @TempDir Path run) throws IOException, InterruptedException {
    JsonApi api = plane.api();
    String namespace = plane.newNamespace("early");
    JsonObject object =
        Trees.object(
            "apiVersion",
            Resource.API_VERSION,
            "kind",
            "Model",
            "metadata",
            Trees.object("name", "m", "namespace", namespace),
            "spec",
            Map.of("modelName", "a/b"));
    ControlPlane.demand(api.create(Resource.MODEL.path(namespace), object), "make a Model");
    ControlPlane.demand(
        api.mergePatch(
            Resource.MODEL.statusPath(namespace, "m"),
            Trees.object("status", Map.of("waitBoundSeconds", 140))),
        "say its bound");
    HttpServer agent = agent();
    try (FaultProxy proxy = new FaultProxy(plane.port())) {
      proxy.refuse();
      var sidecar =
          new PodSidecar(
              config(read(object), namespace, at(agent), run),
              new JsonApi(plane.client(proxy.port()), LIMIT));
      try {
        assertThat(get(sidecar, "/status")).contains("\"booting\"");
        assertThat(get(sidecar, "/metrics"))
            .contains("gthread_sidecar_bound_violations_total 0.0")
            .doesNotContain("gthread_sidecar_wait_bound_seconds 1");
        assertThat(entries(api, namespace)).isEmpty();

        proxy.heal();

        // It has no GPU object, and can say so now.
        Await.until("its report", () -> entries(api, namespace).contains("m-0"));
        Await.until(
            "its bound",
            () -> get(sidecar, "/metrics").contains("gthread_sidecar_wait_bound_seconds 140.0"));
      } finally {
        sidecar.stop(Duration.ofSeconds(1));
        api.delete(Resource.MODEL.path(namespace, "m"));
      }
    } finally {
      agent.stop(0);
    }
  }

  /** An agent that sees nothing held. */
  private static HttpServer agent() throws IOException {
    HttpServer agent =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] nothing =
        "{\"complete\": true, \"devices\": {\"gpu-n1-0\": 0}}".getBytes(StandardCharsets.UTF_8);
    agent.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, nothing.length);
          exchange.getResponseBody().write(nothing);
          exchange.close();
        });
    agent.start();
    return agent;
  }

  private static URI at(HttpServer server) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private static SidecarConfig config(Model model, String namespace, URI agent, Path run) {
    return new SidecarConfig(
        model,
        0,
        List.of(new GpuId("n1", 0)),
        "hash",
        "uid",
        namespace,
        "127.0.0.1",
        0,
        NOBODY,
        agent,
        run,
        LIMIT,
        Duration.ofSeconds(5),
        PolicyName.BOUNDED,
        0);
  }

  private static Model read(JsonObject object) {
    return ((Reading.Valid) ModelManifest.read(ManifestTree.of(object, "Model"))).model();
  }

  private static String get(PodSidecar sidecar, String path) {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(sidecar.uri().resolve(path)).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> entries(JsonApi api, String namespace) {
    try {
      return Trees.items(
              Trees.at(api.get(Resource.MODEL.path(namespace, "m")).body(), "status"),
              "replicaStatuses")
          .stream()
          .map(entry -> Trees.text(entry, "name").orElse(""))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
