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
    Routes routes = Routes.builder().get("/endless", this::answerEndlessly).build();
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
