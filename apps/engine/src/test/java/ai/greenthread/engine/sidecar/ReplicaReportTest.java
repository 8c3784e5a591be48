package ai.greenthread.engine.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.Mailbox;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kubernetes.client.openapi.ApiClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An API server that refuses for a while, which a real one does not do on demand. */
@Timeout(60)
class ReplicaReportTest {
  private static final ReplicaId REPLICA = new ReplicaId(new ModelRef("default", "tiny"), 0);
  private static final State ASLEEP = new State.Sleeping(3, Instant.EPOCH, false);
  private static final State FAILED =
      new State.Booting(1, Instant.EPOCH, Instant.EPOCH, "no room", false);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
  private volatile boolean refuses = true;
  private HttpServer server;
  private ReplicaReport report;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    report =
        new ReplicaReport(
            new JsonApi(
                new ApiClient().setBasePath("http://127.0.0.1:" + server.getAddress().getPort()),
                Duration.ofSeconds(10)),
            REPLICA,
            "uid",
            new Mailbox(threads));
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    boolean looks = exchange.getRequestMethod().equals("GET");
    boolean refused = refuses && !looks;
    String said = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (!looks) {
      asked.add((refused ? "refused " : "taken ") + said);
    }
    byte[] bytes = "{}".getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(refused ? 500 : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String next() throws InterruptedException {
    String next = asked.poll(20, TimeUnit.SECONDS);
    assertThat(next).as("another report").isNotNull();
    return String.valueOf(next);
  }

  private void stepped(State to) {
    report.stepped(REPLICA, to, new Event.Tick(), to, Instant.EPOCH);
  }

  @Test
  void whatTheServerRefusedIsSaidAgainWithoutAFurtherStep() throws Exception {
    stepped(ASLEEP);
    assertThat(next()).startsWith("refused").contains("booted");
    assertThat(next()).startsWith("refused").contains("booted");
    refuses = false;
    String last = next();
    while (last.startsWith("refused")) {
      last = next();
    }
    assertThat(last).startsWith("taken").contains("booted");
  }

  @Test
  void whatIsOvertakenIsSaidNoMoreAndDoesNotHoldUpWhatIsNew() throws Exception {
    stepped(FAILED);
    assertThat(next()).contains("no room");
    stepped(ASLEEP);
    refuses = false;
    String last = next();
    while (!last.startsWith("taken") || last.contains("no room")) {
      last = next();
    }
    assertThat(last).contains("booted");
    assertThat(asked).isEmpty();
  }
}
