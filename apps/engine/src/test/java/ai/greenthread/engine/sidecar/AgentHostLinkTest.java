package ai.greenthread.engine.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.scheduling.runtime.HostLink;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AgentHostLinkTest {
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
  private final CountDownLatch left = new CountDownLatch(1);
  private final HttpServer agent;

  AgentHostLinkTest() throws IOException {
    agent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    agent.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
  }

  @AfterEach
  void stop() {
    http.shutdownNow();
    agent.stop(0);
  }

  private HostLink link() {
    agent.start();
    return AgentHostLink.of(
        http, URI.create("http://127.0.0.1:" + agent.getAddress().getPort()), 2);
  }

  private void hold(HttpExchange exchange) throws IOException {
    asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    exchange.sendResponseHeaders(200, 0);
    try {
      while (true) {
        exchange.getResponseBody().write('\n');
        exchange.getResponseBody().flush();
        Thread.sleep(5);
      }
    } catch (IOException e) {
      left.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aPassLastsAsLongAsItsConnection() throws Exception {
    agent.createContext("/", this::hold);
    HostLink.Pass pass = link().enter(Instant.ofEpochMilli(7), 4);
    assertThat(asked.take()).isEqualTo("POST /v1/host-link?devices=4&devicesAtOnce=2&since=7");
    assertThat(left.getCount()).isEqualTo(1);
    pass.close();
    assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anAgentThatSaysNoKeepsNobodyFromLoading() throws Exception {
    agent.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(404, -1);
          exchange.close();
        });
    link().enter(Instant.EPOCH, 1).close();
  }

  @Test
  void anAgentThatIsSilentIsWaitedForNoLongerThanPromised() throws Exception {
    var silent = new CountDownLatch(1);
    agent.createContext(
        "/",
        exchange -> {
          asked.add("asked");
          try {
            silent.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    agent.start();
    var patient =
        new AgentHostLink(
            http,
            URI.create("http://127.0.0.1:" + agent.getAddress().getPort()),
            2,
            Duration.ofMillis(300));
    patient.enter(Instant.EPOCH, 1).close();
    assertThat(asked).hasSize(1);
    silent.countDown();
  }

  @Test
  void whoIsInterruptedWhileWaitingHangsUp() throws Exception {
    agent.createContext(
        "/",
        exchange -> {
          asked.add("asked");
          try {
            Thread.sleep(Duration.ofSeconds(30));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    HostLink link = link();
    var ended = new CountDownLatch(1);
    Thread waiter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                link.enter(Instant.EPOCH, 1).close();
              } catch (InterruptedException e) {
                ended.countDown();
              }
            });
    asked.take();
    waiter.interrupt();
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anAgentThatIsAwayKeepsNobodyFromLoading() throws Exception {
    HostLink link = link();
    agent.stop(0);
    link.enter(Instant.EPOCH, 1).close();
  }

  @Test
  void whereAllMayLoadNobodyIsAsked() throws Exception {
    HostLink link = AgentHostLink.of(http, URI.create("http://127.0.0.1:1"), 0);
    assertThat(link).isSameAs(HostLink.WIDE);
  }
}
