package ai.greenthread.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.relay.HeaderFields;
import ai.greenthread.http.testkit.RawClient;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpServerTest {
  private static final int MAX_BODY_BYTES = 100_000;

  private HttpServer server;
  private RawClient client;

  @BeforeEach
  void start() {
    Routes routes =
        Routes.builder()
            .get("/hello", exchange -> exchange.respond(200, "text/plain", bytes("hello")))
            .post("/echo", exchange -> exchange.respond(200, "text/plain", exchange.body()))
            .post("/v1/messages", exchange -> exchange.respond(200, "text/plain", exchange.body()))
            .post("/ignore", exchange -> exchange.respond(200, "text/plain", bytes("ignored")))
            .get(
                "/target",
                exchange -> exchange.respond(200, "text/plain", bytes(exchange.target())))
            .get(
                "/bug",
                exchange -> {
                  throw new IllegalStateException("secret");
                })
            .get("/silent", exchange -> {})
            .get(
                "/empty",
                exchange -> {
                  exchange.channel().head(204, new HeaderFields(), -1);
                  exchange.channel().end();
                })
            .onPrefix(
                "GET",
                "/models/",
                exchange -> exchange.respond(200, "text/plain", bytes(exchange.path())))
            .build();
    server =
        HttpServer.start(
            ServerSettings.loopback(0).withMaxBodyBytes(MAX_BODY_BYTES),
            routes,
            new SplittableRandom(1));
    client = new RawClient(server.port());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void answersManyRequestsOnOneConnection() {
    for (int i = 0; i < 50; i++) {
      var answer = client.get("/hello").read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("hello");
      assertThat(answer.header("Date")).isPresent();
      assertThat(answer.header("Connection")).isEmpty();
      assertThat(client.post("/echo", "body " + i).read().body()).isEqualTo("body " + i);
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() {
    client.post("/echo", "1").post("/echo", "2").get("/hello").post("/echo", "3");
    assertThat(client.read().body()).isEqualTo("1");
    assertThat(client.read().body()).isEqualTo("2");
    assertThat(client.read().body()).isEqualTo("hello");
    assertThat(client.read().body()).isEqualTo("3");
  }

  @Test
  void readsARequestThatComesByteByByte() throws Exception {
    byte[] request =
        bytes("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody");
    for (byte b : request) {
      client.send(new byte[] {b});
    }
    assertThat(client.read().body()).isEqualTo("body");
  }

  @Test
  void readsAChunkedRequestBody() {
    String head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.send(head + "4\r\nbody\r\n3\r\n---\r\n0\r\n\r\n");
    assertThat(client.read().body()).isEqualTo("body---");
    assertThat(client.get("/hello").read().status()).isEqualTo(200);
  }

  @Test
  void saysContinueBeforeItReadsTheBody() {
    client.send(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    assertThat(client.readHead()).startsWith("HTTP/1.1 100");
    assertThat(client.send("body").read().body()).isEqualTo("body");
  }

  @Test
  void closesWhenTheClientAsksForIt() {
    client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    var answer = client.read();
    assertThat(answer.body()).isEqualTo("hello");
    assertThat(answer.header("Connection")).contains("close");
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void answersHeadWithoutABody() {
    client.send("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertThat(client.readHead()).contains("Content-Length: 5\r\n");
    assertThat(client.get("/empty").readHead())
        .startsWith("HTTP/1.1 204")
        .doesNotContain("Content-Length")
        .doesNotContain("Transfer-Encoding");
    assertThat(client.get("/hello").read().body()).isEqualTo("hello");
  }

  @Test
  void passesPathAndQueryAsTheyCame() {
    assertThat(client.get("/target?a=%20b&c=d/e").read().body()).isEqualTo("/target?a=%20b&c=d/e");
    assertThat(client.get("/models/org%2Fname").read().body()).isEqualTo("/models/org%2Fname");
    assertThat(client.get("/models/org/name").read().body()).isEqualTo("/models/org/name");
  }

  @Test
  void keepsTheCallersRequestIdOrGivesOne() {
    client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: mine-1\r\n\r\n");
    assertThat(client.read().header("x-request-id")).contains("mine-1");
    assertThat(client.get("/hello").read().header("x-request-id").orElseThrow())
        .matches("req_[0-9a-f]{32}");
    assertThat(client.get("/none").read().header("x-request-id").orElseThrow())
        .matches("req_[0-9a-f]{32}");
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/none,404,unknown_url",
    "GET,/hello/,404,unknown_url",
    "GET,/models/,404,unknown_url",
    "POST,/hello,405,method_not_allowed",
    "DELETE,/echo,405,method_not_allowed",
    "POST,/models/x,405,method_not_allowed",
    "GET,/bug,500,internal_error",
    "GET,/silent,500,internal_error"
  })
  void answersErrorsInOneShapeAndKeepsTheConnection(
      String method, String path, int status, String code) {
    client.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    var answer = client.read();
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).contains("application/json");
    assertThat(answer.body())
        .startsWith("{\"error\":{\"message\":\"")
        .endsWith("\"code\":\"" + code + "\"}}")
        .doesNotContain("secret");
    assertThat(client.get("/hello").read().body()).isEqualTo("hello");
  }

  @Test
  void anErrorBeforeTheBodyWasReadKeepsTheConnectionToo() {
    assertThat(client.post("/none", "some body").read().status()).isEqualTo(404);
    assertThat(client.post("/ignore", "some body").read().body()).isEqualTo("ignored");
    assertThat(client.get("/hello").read().body()).isEqualTo("hello");
  }

  @Test
  void refusesABodyOverTheLimitAndNamesTheLimit() {
    client.send(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            + (MAX_BODY_BYTES + 1)
            + "\r\n\r\n");
    assertTooLarge();
  }

  @Test
  void refusesALongBodyAlthoughTheClientKeepsSending() {
    client.post("/echo", "x".repeat(5_000_000));
    assertTooLarge();
  }

  @Test
  void countsTheBytesOfAChunkedBody() {
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("ffff\r\n" + "x".repeat(0xffff) + "\r\nffff\r\n" + "x".repeat(0xffff) + "\r\n");
    assertTooLarge();
  }

  @Test
  void countsTheBytesOfOneHugeChunk() {
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("7fffffff\r\n" + "x".repeat(400_000));
    assertTooLarge();
  }

  private void assertTooLarge() {
    var answer = client.read();
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.body()).contains("limit of 100000 bytes").contains("request_too_large");
    assertThat(answer.header("Connection")).contains("close");
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void takesABodyOfExactlyTheLimit() {
    assertThat(client.post("/echo", "x".repeat(MAX_BODY_BYTES)).read().body())
        .hasSize(MAX_BODY_BYTES);
  }

  @Test
  void takesLargeHeaderFieldsAndRefusesTooLargeOnes() {
    String head = "GET /hello HTTP/1.1\r\nHost: localhost\r\nX: ";
    assertThat(client.send(head + "v".repeat(60_000) + "\r\n\r\n").read().status()).isEqualTo(200);
    var answer = client.send(head + "v".repeat(70_000) + "\r\n\r\n").read();
    assertThat(answer.status()).isEqualTo(431);
    assertThat(answer.body()).contains("65536 bytes").contains("headers_too_large");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /hello HTTP/1.0~Host: localhost~~|505",
        "GET /hello~~|400",
        "nonsense~~|400",
        "GET /he{llo HTTP/1.1~Host: localhost~~|400",
        "GET /hello HTTP/1.1~~|400",
        "GET /hello HTTP/1.1~Host: localhost~Host: localhost~~|400",
        "GET /hello HTTP/1.1~Host: localhost~Bad Header: x~~|400",
        "POST /echo HTTP/1.1~Host: localhost~Content-Length: 4~Transfer-Encoding: chunked~~|400",
        "POST /echo HTTP/1.1~Host: localhost~Content-Length: x~~|400",
        "POST /echo HTTP/1.1~Host: localhost~Transfer-Encoding: chunked~~zz~~|400"
      })
  void refusesWhatIsMalformedInOneShapeAndCloses(String request, int status) {
    var answer = client.send(request.replace("~", "\r\n")).read();
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).startsWith("{\"error\":{\"message\":\"").contains("\"param\":null");
    assertThat(answer.header("x-request-id")).isPresent();
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void refusesALongRequestLine() {
    var answer =
        client.send("GET /" + "x".repeat(9000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
    assertThat(answer.status()).isEqualTo(414);
  }

  @Test
  void anthropicPathsGetAnthropicErrors() {
    client.send("GET /v1/messages HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: r1\r\n\r\n");
    assertThat(client.read().body())
        .startsWith("{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\"")
        .endsWith("\"request_id\":\"r1\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:80",
        "127.0.0.1:8000",
        "127.9.9.9",
        "[::1]:8000",
        "a.localhost"
      })
  void answersToLoopbackNames(String host) {
    client.send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "127.1",
        "evil-localhost",
        "[::2]"
      })
  void answersToNoOtherName(String host) {
    client.send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    var answer = client.read();
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.body()).contains("host_not_allowed");
  }

  @ParameterizedTest
  @CsvSource({
    "webhook.gt.svc,200",
    "WEBHOOK.gt.svc:443,200",
    "127.0.0.1:8000,200",
    "gt.svc,403",
    "a.webhook.gt.svc,403",
    "webhook.gt.svc.evil.example,403",
    "evil.example,403"
  })
  void answersToTheNamesItIsGivenAsWell(String host, int status) {
    ServerSettings settings = ServerSettings.loopback(0).withAllowedHosts(Set.of("Webhook.gt.svc"));
    Routes hello =
        Routes.builder()
            .get("/hello", exchange -> exchange.respond(200, "text/plain", bytes("hello")))
            .build();
    try (HttpServer named = HttpServer.start(settings, hello, new SplittableRandom(1));
        RawClient caller = new RawClient(named.port())) {
      caller.send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      assertThat(caller.read().status()).isEqualTo(status);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "http://evil.example,403",
    "null,403",
    "http://localhost:81,403",
    "http://localhost:80,200",
    "https://localhost:80,200"
  })
  void otherOriginsCannotChangeAnything(String origin, int status) {
    String fields = "Host: localhost:80\r\nOrigin: " + origin + "\r\n";
    client.send("POST /echo HTTP/1.1\r\n" + fields + "Content-Length: 1\r\n\r\nx");
    assertThat(client.read().status()).isEqualTo(status);
    client.send("GET /hello HTTP/1.1\r\n" + fields + "\r\n");
    assertThat(client.read().status()).isEqualTo(200);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
