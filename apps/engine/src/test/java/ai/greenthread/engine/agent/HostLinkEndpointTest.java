package ai.greenthread.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.server.ServerSettings;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HostLinkEndpointTest {
  private final AtomicInteger entered = new AtomicInteger();
  private final HttpServer server =
      HttpServer.start(
          ServerSettings.loopback(0),
          Routes.builder()
              .post(HostLinkEndpoint.PATH, new HostLinkEndpoint(_ -> entered.incrementAndGet()))
              .build(),
          new SecureRandom());
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void stop() {
    http.shutdownNow();
    server.stop();
  }

  private CompletableFuture<HttpResponse<InputStream>> ask(String query) {
    return http.sendAsync(
        HttpRequest.newBuilder(server.uri().resolve(HostLinkEndpoint.PATH + query))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofInputStream());
  }

  @Test
  void theEndOfAConnectionLetsTheNextOneIn() throws Exception {
    HttpResponse<InputStream> first = ask("?devices=1&devicesAtOnce=1&since=0").get();
    assertThat(first.statusCode()).isEqualTo(200);
    CompletableFuture<HttpResponse<InputStream>> second = ask("?devices=1&devicesAtOnce=1&since=0");
    assertThat(entered).hasValue(1);
    long began = System.nanoTime();
    first.body().close();
    assertThat(second.get().statusCode()).isEqualTo(200);
    assertThat(entered).hasValue(2);
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began))
        .as("it was let in, not out of patience")
        .isLessThan(9);
    second.get().body().close();
  }

  @Test
  void whoLeavesWhileWaitingTakesNothingWithIt() throws Exception {
    HttpResponse<InputStream> first = ask("?devices=1&devicesAtOnce=1&since=0").get();
    CompletableFuture<HttpResponse<InputStream>> gone = ask("?devices=1&devicesAtOnce=1&since=0");
    gone.cancel(true);
    CompletableFuture<HttpResponse<InputStream>> third = ask("?devices=1&devicesAtOnce=1&since=0");
    first.body().close();
    assertThat(third.get().statusCode()).isEqualTo(200);
    third.get().body().close();
  }

  @Test
  void aQuestionThatMeansNothingIsRefusedWithTheParameter() throws Exception {
    for (String query : new String[] {"", "?devices=1", "?devices=0&devicesAtOnce=1&since=0"}) {
      HttpResponse<InputStream> answer = ask(query).get();
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(new String(answer.body().readAllBytes(), StandardCharsets.UTF_8))
          .contains("has to be a number from 1 to 64");
    }
    HttpResponse<InputStream> answer = ask("?devices=1&devicesAtOnce=1&since=now").get();
    assertThat(new String(answer.body().readAllBytes(), StandardCharsets.UTF_8))
        .contains("since has to be a number of milliseconds");
    assertThat(entered).hasValue(0);
  }
}
