package ai.greenthread.k8s.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kubernetes.client.openapi.ApiClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A leader whose API server keeps it waiting, which a real one does not do on demand. */
@Timeout(60)
class LeaderElectionTest {
  private static final Duration API_TIMEOUT = Duration.ofSeconds(50);
  private static final LeaderElection.Terms TERMS =
      new LeaderElection.Terms(
          Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofMillis(50));

  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger renewals = new AtomicInteger();
  private volatile String lease = "";
  private volatile String hangs = "";
  private HttpServer server;
  private LeaderElection election;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/apis/coordination.k8s.io/v1/namespaces/n/leases", this::answer);
    server.start();
    election =
        new LeaderElection(
            new JsonApi(
                new ApiClient().setBasePath("http://127.0.0.1:" + server.getAddress().getPort()),
                API_TIMEOUT),
            "n",
            "lease",
            "one",
            TERMS,
            Clock.systemUTC(),
            new SplittableRandom(1));
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    if (method.equals(hangs)) {
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      exchange.close();
      return;
    }
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (!method.equals("GET")) {
      lease = new String(body, StandardCharsets.UTF_8);
      renewals.incrementAndGet();
    }
    byte[] bytes = lease.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(
        bytes.length == 0 ? 404 : 200, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "PUT"})
  void aLeaderGivesUpAtItsDeadlineWhateverACallIsDoing(String method) throws Exception {
    election.await();
    hangs = method;
    long begin = System.nanoTime();
    election.hold();
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .as("the others begin after the whole lease")
        .isLessThan(TERMS.lease());
  }

  @Test
  void aLeaderThatRenewsLeadsOnPastTheDeadline() throws Exception {
    election.await();
    Thread holding =
        Thread.ofVirtual()
            .start(() -> {
              try {
                election.hold();
              } catch (InterruptedException e) {
                election.release();
              }
            });
    assertThat(holding.join(TERMS.renewDeadline().multipliedBy(2))).as("it ended").isFalse();
    assertThat(renewals).hasValueGreaterThan(2);
    holding.interrupt();
    assertThat(holding.join(Duration.ofSeconds(20))).isTrue();
    assertThat(lease).contains("\"holderIdentity\":\"\"");
  }

  @Test
  void aLeaderWhoseLeaseAnotherHasTakenLeadsNoMore() throws Exception {
    election.await();
    lease = lease.replace("\"one\"", "\"two\"");
    election.hold();
    assertThat(lease).contains("\"two\"");
  }
}
