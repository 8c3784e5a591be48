package ai.greenthread.k8s.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kubernetes.client.openapi.ApiClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Faults in the middle of a list, which a real server gives too seldom to wait for. */
class MirrorTest {
  private final AtomicInteger secondPages = new AtomicInteger();
  private HttpServer server;
  private Mirror mirror;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/api/v1/things", this::answer);
    server.start();
    ApiClient client =
        new ApiClient().setBasePath("http://127.0.0.1:" + server.getAddress().getPort());
    mirror =
        new Mirror(
            new JsonApi(client, Duration.ofSeconds(10)),
            "/api/v1/things",
            "",
            new SplittableRandom(1));
  }

  @AfterEach
  void stop() {
    mirror.close();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    if (query.contains("watch=true")) {
      // A stream without events.
      exchange.sendResponseHeaders(200, 0);
      return;
    }
    if (!query.contains("continue=")) {
      reply(exchange, 200, page("a", "more"));
    } else if (secondPages.incrementAndGet() == 1) {
      reply(exchange, 410, "{\"kind\":\"Status\",\"message\":\"the token has expired\"}");
    } else {
      reply(exchange, 200, page("b", ""));
    }
  }

  private static String page(String name, String next) {
    return """
    {"kind": "ThingList", "apiVersion": "v1", "metadata": {"resourceVersion": "7", "continue": "%s"},
     "items": [{"metadata": {"name": "%s", "namespace": "n", "resourceVersion": "3"}}]}
    """
        .formatted(next, name);
  }

  private static void reply(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Test
  void aListThatBreaksOffIsReadAgainFromItsStart() throws InterruptedException {
    mirror.start();
    assertThat(mirror.awaitFilled(Duration.ofSeconds(20))).as("filled").isTrue();
    assertThat(mirror.find("n", "a")).isPresent();
    assertThat(mirror.find("n", "b")).as("an object of the second page").isPresent();
    assertThat(secondPages).hasValue(2);
  }
}
