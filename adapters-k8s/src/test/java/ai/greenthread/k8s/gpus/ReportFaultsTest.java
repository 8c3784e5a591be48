package ai.greenthread.k8s.gpus;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.controlplane.FaultProxy;
import ai.greenthread.k8s.controlplane.RealControlPlane;
import ai.greenthread.k8s.ledger.Await;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpServer;
import io.kubernetes.client.openapi.ApiClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way to the API server is bad, and the agent lives on. */
@RealControlPlane
class ReportFaultsTest {
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final FaultProxy proxy;
  private final Node node;
  private final GpuReporter reporter;
  private final NodeLease lease;

  ReportFaultsTest(ControlPlane plane) throws IOException {
    this.proxy = new FaultProxy(plane.port());
    this.node = new Node(plane.api(), plane.newNamespace("report-faults"), "n1");
    var over = new JsonApi(plane.client(proxy.port()), LIMIT);
    this.reporter = node.reporter(over);
    this.lease = new NodeLease(over, node.namespace, "n1", "agent-x", Duration.ofSeconds(40), node);
  }

  @BeforeEach
  void connect() {
    // The first connection of a client takes long, and the limit of these tests is short.
    Await.until("the first answer", () -> lease.renew().isEmpty());
  }

  @AfterEach
  void disconnect() throws IOException {
    proxy.close();
  }

  private ReportOutcome report() {
    return reporter.report(NodeView.of("n1", List.of(node.gpu(0), node.gpu(1))));
  }

  @Test
  void anOutageIsSaidAndTheNextRoundAfterItCatchesUp() {
    proxy.refuse();

    assertThat(report().failures()).singleElement().asString().contains("does not answer");
    assertThat(lease.renew()).isPresent();

    proxy.heal();
    Await.until("a whole round", () -> report().complete());
    assertThat(Trees.text(node.status(1), "health")).contains("Healthy");
    assertThat(lease.renew()).isEmpty();
  }

  @Test
  void aRoundWhoseRepliesWereLostIsDoneOnceAllTheSame() {
    proxy.loseReplies();
    assertThat(report().complete()).isFalse();
    proxy.heal();
    Await.until("a whole round", () -> report().complete());
    String version = node.version(0);

    node.now = node.now.plusSeconds(60);
    proxy.loseReplies();
    assertThat(report().complete()).isFalse();
    proxy.heal();
    Await.until("a whole round", () -> report().complete());

    assertThat(node.version(0)).isNotEqualTo(version);
    assertThat(Trees.text(node.status(0), "lastHeartbeat")).contains("2026-01-01T00:01:00Z");
  }

  @Test
  void aServerThatIsTooSlowCostsOneCallsTimeAndNoMore() {
    proxy.delayReplies(LIMIT.multipliedBy(2));
    long began = System.nanoTime();

    assertThat(report().complete()).isFalse();

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LIMIT.multipliedBy(3));
  }

  @ParameterizedTest
  @ValueSource(ints = {409, 429, 500, 503, 200})
  void whateverTheServerAnswersIsAFailureThatSaysSoAndNoCrash(int status) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          boolean list = exchange.getRequestMethod().equals("GET");
          byte[] body = (list ? "{\"items\": []}" : "not JSON").getBytes(StandardCharsets.UTF_8);
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(list && status == 409 ? 200 : status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      ApiClient client = new ApiClient();
      client.setBasePath("http://127.0.0.1:" + server.getAddress().getPort());
      var api = new JsonApi(client, Duration.ofSeconds(10));
      var lame = new NodeLease(api, "ns", "n1", "agent-x", Duration.ofSeconds(40), node);

      ReportOutcome outcome =
          node.reporter(api).report(NodeView.of("n1", List.of(node.gpu(0), node.gpu(1))));

      assertThat(outcome.failures().isEmpty()).isEqualTo(status == 200);
      assertThat(lame.renew().isEmpty()).isEqualTo(status == 200);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void theLeaseTellsWhoIsThereSinceWhenAndForHowLong() throws IOException {
    node.now = Instant.parse("2026-01-01T00:00:10Z");
    assertThat(lease.renew()).isEmpty();

    JsonObject stored = leaseObject();
    assertThat(Trees.at(stored, "spec"))
        .isEqualTo(
            Trees.object(
                "holderIdentity", "agent-x",
                "leaseDurationSeconds", 40,
                "renewTime", "2026-01-01T00:00:10.000000Z"));

    node.now = node.now.plusNanos(1_500);
    assertThat(lease.renew()).isEqualTo(Optional.empty());
    assertThat(Trees.text(Trees.at(leaseObject(), "spec"), "renewTime"))
        .contains("2026-01-01T00:00:10.000001Z");
  }

  private JsonObject leaseObject() throws IOException {
    String path =
        "/apis/coordination.k8s.io/v1/namespaces/"
            + node.namespace
            + "/leases/greenthread-agent-n1";
    return ControlPlane.demand(node.api.get(path), "read the lease").body();
  }
}
