package ai.greenthread.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.http.sidecar.CountedHostLink;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HostLinkEndpointTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private final CountedHostLink link = new CountedHostLink(1, Duration.ofMinutes(10));
  private final AtomicInteger entered = new AtomicInteger();
  private final HttpServer server =
      HttpServer.start(
          ServerSettings.loopback(0),
          Routes.builder()
              .post(
                  HostLinkEndpoint.PATH,
                  new HostLinkEndpoint(_ -> link, () -> NOW, _ -> entered.incrementAndGet()))
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

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(100_000);
    }
  }

  @Test
  void theEndOfAConnectionLetsTheNextOneIn() throws Exception {
    HttpResponse<InputStream> first = ask("?devices=1&devicesAtOnce=1&since=0").get();
    assertThat(first.statusCode()).isEqualTo(200);
    CompletableFuture<HttpResponse<InputStream>> second = ask("?devices=1&devicesAtOnce=1&since=0");
    await(() -> link.waiting() == 1);
    assertThat(entered).hasValue(1);
    first.body().close();
    assertThat(second.get().statusCode()).isEqualTo(200);
    assertThat(entered).hasValue(2);
    second.get().body().close();
    await(() -> link.free() == 1);
  }

  @Test
  void whoLeavesWhileWaitingTakesNothingWithIt() throws Exception {
    HttpResponse<InputStream> first = ask("?devices=1&devicesAtOnce=1&since=0").get();
    CompletableFuture<HttpResponse<InputStream>> gone = ask("?devices=1&devicesAtOnce=1&since=0");
    await(() -> link.waiting() == 1);
    gone.cancel(true);
    first.body().close();
    await(() -> link.free() == 1 && link.waiting() == 0);
  }

  @Test
  void nobodyGetsInFrontOfAllByAnAgeThatNoRequestHas() throws Exception {
    HttpResponse<InputStream> first = ask("?devices=1&devicesAtOnce=1&since=0").get();
    long halfAnHourAgo = NOW.minusSeconds(1_800).toEpochMilli();
    CompletableFuture<HttpResponse<InputStream>> honest =
        ask("?devices=1&devicesAtOnce=1&since=" + NOW.minusSeconds(3_600).toEpochMilli());
    await(() -> link.waiting() == 1);
    CompletableFuture<HttpResponse<InputStream>> liar = ask("?devices=1&devicesAtOnce=1&since=0");
    CompletableFuture<HttpResponse<InputStream>> young =
        ask("?devices=1&devicesAtOnce=1&since=" + halfAnHourAgo);
    await(() -> link.waiting() == 3);
    first.body().close();
    honest.get().body().close();
    liar.get().body().close();
    young.get().body().close();
    await(() -> link.free() == 1);
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
