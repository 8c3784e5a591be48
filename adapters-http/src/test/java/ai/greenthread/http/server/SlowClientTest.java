package ai.greenthread.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.HeaderFields;
import ai.greenthread.http.relay.ResponseChannel;
import ai.greenthread.http.testkit.RawClient;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that take or give their bytes too slowly. */
@Timeout(60)
class SlowClientTest {
  private final CompletableFuture<ClientGoneException> gone = new CompletableFuture<>();

  private HttpServer start(ServerSettings settings) {
    Routes routes =
        Routes.builder()
            .get("/endless", this::answerEndlessly)
            .post("/body", exchange -> exchange.respond(200, "text/plain", exchange.body()))
            .post("/ignore", exchange -> exchange.respond(200, "text/plain", new byte[0]))
            .build();
    return HttpServer.start(settings, routes, new SplittableRandom(1));
  }

  private void answerEndlessly(Exchange exchange) throws ClientGoneException {
    ResponseChannel channel = exchange.channel();
    channel.head(200, new HeaderFields(), ResponseChannel.UNKNOWN_LENGTH);
    byte[] some = new byte[8 * 1024];
    try {
      while (true) {
        channel.write(some, 0, some.length);
      }
    } catch (ClientGoneException e) {
      gone.complete(e);
      throw e;
    }
  }

  @Test
  void whoDoesNotReadItsAnswerIsLeftAfterATime() throws Exception {
    Duration limit = Duration.ofMillis(200);
    try (HttpServer server = start(ServerSettings.loopback(0).withWriteTimeout(limit));
        RawClient client = new RawClient(server.port())) {
      client.get("/endless");
      assertThat(gone.get(10, TimeUnit.SECONDS)).hasMessageContaining("does not read");
    }
  }

  @Test
  void whoDoesNotSendItsBodyIsToldAfterATime() {
    Duration limit = Duration.ofMillis(200);
    try (HttpServer server = start(ServerSettings.loopback(0).withUploadTimeout(limit));
        RawClient client = new RawClient(server.port());
        RawClient chunking = new RawClient(server.port())) {
      client.send("POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc");
      var answer = client.read();
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.body()).contains("\"code\":\"request_timeout\"");
      assertThat(client.isClosedByServer()).isTrue();
      chunking.send(
          "POST /body HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc");
      assertThat(chunking.read().status()).isEqualTo(408);
      assertThat(chunking.isClosedByServer()).isTrue();
    }
  }

  @Test
  void aBodyThatNobodyReadsDoesNotHoldUpItsAnswer() {
    try (HttpServer server = start(ServerSettings.loopback(0));
        RawClient client = new RawClient(server.port())) {
      client.send("POST /ignore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc");
      var answer = client.read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Connection")).contains("close");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void whoDoesNotReadItsAnswerDoesNotHoldUpTheEnd() throws Exception {
    Duration drain = Duration.ofMillis(100);
    try (HttpServer server = start(ServerSettings.loopback(0).withDrainTimeout(drain));
        RawClient client = new RawClient(server.port())) {
      client.get("/endless").readHead();
      server.stop();
      assertThat(gone.get(10, TimeUnit.SECONDS)).isNotNull();
    }
  }
}
