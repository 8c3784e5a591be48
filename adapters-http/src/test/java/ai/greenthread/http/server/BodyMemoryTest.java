package ai.greenthread.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.testkit.Await;
import ai.greenthread.http.testkit.RawClient;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bodies that a server holds at once have a limit together. */
@Timeout(60)
class BodyMemoryTest {
  private static final int MEMORY_BYTES = 100_000;
  private static final String MUCH = "m".repeat(80_000);

  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);
  private HttpServer server;
  private RawClient client;

  @BeforeEach
  void start() {
    Routes routes =
        Routes.builder()
            .post("/size", this::size)
            .post(
                "/hold",
                exchange -> {
                  int length = exchange.body().length;
                  held.countDown();
                  go.await();
                  answer(exchange, length);
                })
            .build();
    server =
        HttpServer.start(
            ServerSettings.loopback(0).withBodyMemoryBytes(MEMORY_BYTES),
            routes,
            new SplittableRandom(1));
    client = new RawClient(server.port());
  }

  @AfterEach
  void stop() {
    go.countDown();
    client.close();
    server.close();
  }

  private void size(Exchange exchange) throws ClientGoneException {
    answer(exchange, exchange.body().length);
  }

  private static void answer(Exchange exchange, int length) throws ClientGoneException {
    exchange.respond(
        200, "text/plain", Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void whatDoesNotFitBesideTheOthersIsToBeTriedAgain() throws Exception {
    try (RawClient other = new RawClient(server.port());
        RawClient again = new RawClient(server.port())) {
      other.post("/hold", MUCH);
      held.await();
      var refused = client.post("/size", MUCH).read();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).isPresent();
      assertThat(refused.body()).contains("\"code\":\"request_memory_exhausted\"");
      assertThat(again.post("/size", "small").read().body()).isEqualTo("5");
      go.countDown();
      assertThat(other.read().body()).isEqualTo("80000");
      Await.until("it is given back", this::muchFits);
    }
  }

  @Test
  void chunkedBodiesCountAsTheyCome() throws Exception {
    try (RawClient other = new RawClient(server.port())) {
      other.post("/hold", MUCH);
      held.await();
      assertThat(chunked(client, 40_000).status()).isEqualTo(503);
      go.countDown();
      assertThat(other.read().body()).isEqualTo("80000");
      Await.until("it is given back", this::chunksFit);
    }
  }

  private static RawClient.Response chunked(RawClient to, int length) {
    to.send("POST /size HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    String chunk = "c".repeat(1000);
    for (int i = 0; i < length / 1000; i++) {
      to.send("3e8\r\n" + chunk + "\r\n");
    }
    return to.send("0\r\n\r\n").read();
  }

  @Test
  void whatCanNeverFitIsSaidToBeTooLarge() {
    var refused = client.post("/size", "x".repeat(MEMORY_BYTES + 1)).read();
    assertThat(refused.status()).isEqualTo(413);
    assertThat(refused.body()).contains("100000 bytes");
  }

  @Test
  void whatWasTakenIsGivenBackHoweverARequestEnds() {
    for (int i = 0; i < 5; i++) {
      try (RawClient leaving = new RawClient(server.port())) {
        leaving.send("POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\nhalf");
      }
      Await.until("it is given back", this::muchFits);
    }
  }

  private boolean chunksFit() {
    try (RawClient other = new RawClient(server.port())) {
      return chunked(other, 40_000).status() == 200;
    }
  }

  private boolean muchFits() {
    try (RawClient other = new RawClient(server.port())) {
      return other.post("/size", MUCH).read().status() == 200;
    }
  }
}
