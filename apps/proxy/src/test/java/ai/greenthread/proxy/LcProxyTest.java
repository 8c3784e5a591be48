package ai.greenthread.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.proxy.ReplicaDirectory.Readiness;
import ai.greenthread.proxy.ReplicaDirectory.Route;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class LcProxyTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final int MAX_BODY = 100_000;
  private static final String STREAM_HEAD =
      String.join(
          "\r\n",
          "HTTP/1.1 200 OK",
          "Content-Type: text/event-stream",
          "Transfer-Encoding: chunked",
          "",
          "");

  private final KnownReplicas directory = new KnownReplicas();
  private final FakeSidecar one = FakeSidecar.saying("one");
  private final FakeSidecar two = FakeSidecar.saying("two");
  private final LcProxy proxy =
      LcProxy.start(
          ServerSettings.loopback(0)
              .withMaxBodyBytes(MAX_BODY)
              .withDrainTimeout(Duration.ofSeconds(1)),
          directory,
          new SplittableRandom(1));
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @AfterEach
  void close() {
    proxy.close();
    http.close();
    one.close();
    two.close();
  }

  private static String asking(String model) {
    return "{\"model\":\"" + model + "\"}";
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(proxy.uri().resolve(path));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(to(path));
  }

  private HttpResponse<String> post(String body) throws Exception {
    return send(to(CHAT).POST(BodyPublishers.ofString(body)));
  }

  private static JsonNode error(HttpResponse<String> answer) throws IOException {
    JsonNode error = new ObjectMapper().readTree(answer.body()).path("error");
    assertThat(error.fieldNames()).toIterable().containsOnly("message", "type", "param", "code");
    return error;
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      Thread.sleep(5);
    }
  }

  /** What is counted is counted just after the answer. */
  private void awaitMetric(String series, String value) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!metric(series).equals(value)) {
      assertThat(System.nanoTime()).as("%s is %s", series, metric(series)).isLessThan(end);
      Thread.sleep(5);
    }
  }

  private String metric(String series) throws Exception {
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .map(line -> line.substring(series.length() + 1))
        .findFirst()
        .orElse("none");
  }

  private static URI nobody() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void aModelIsNotDeniedByAProxyThatDoesNotKnowAllOfThemYet() throws Exception {
    directory.ready = false;
    HttpResponse<String> early = post(asking("org/one"));
    assertThat(early.statusCode()).isEqualTo(503);
    assertThat(early.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(error(early).path("code").asText()).isEqualTo("no_replica");
    assertThat(get("/v1/models/org/one").statusCode()).isEqualTo(503);

    directory.serve("org/one", one);
    assertThat(post(asking("org/one")).body()).isEqualTo("one");
    directory.ready = true;
    assertThat(post(asking("org/two")).statusCode()).isEqualTo(404);
  }

  @Test
  void aRequestGoesToTheModelItNames() throws Exception {
    directory.serve("org/one", one);
    directory.serve("org/two", two);
    String body = "{\"messages\":[{\"model\":\"org/one\"}],\"model\":\"org/two\"}";
    assertThat(post(body).body()).isEqualTo("two");
    assertThat(post(asking("org/one")).body()).isEqualTo("one");
    assertThat(two.requests()).hasSize(1);
    assertThat(two.requests().getFirst().body()).isEqualTo(body);
    assertThat(two.requests().getFirst().head()).startsWith("POST " + CHAT + " HTTP/1.1\r\n");
  }

  @Test
  void aFormGoesToTheModelItNamesBehindTheFile() throws Exception {
    directory.serve("org/ears", one);
    String form =
        String.join(
            "\r\n",
            "--b",
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"",
            "",
            "RIFF\0\1",
            "--b",
            "Content-Disposition: form-data; name=\"model\"",
            "",
            "org/ears",
            "--b--",
            "");
    var answer =
        send(
            to("/v1/audio/transcriptions")
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofByteArray(form.getBytes(StandardCharsets.ISO_8859_1))));
    assertThat(answer.body()).isEqualTo("one");
    assertThat(one.requests().getFirst().body()).isEqualTo(form);
  }

  @ParameterizedTest
  @CsvSource({"ASLEEP,9,AWAKE,9", "FAILED,0,ASLEEP,0", "ASLEEP,0,WAKING,5", "AWAKE,3,AWAKE,1"})
  void theReplicaNearestToAnAnswerIsAsked(
      Readiness first, int firstBusy, Readiness second, int secondBusy) throws Exception {
    directory.serve(
        "m", new Route(one.uri(), first, firstBusy), new Route(two.uri(), second, secondBusy));
    assertThat(post(asking("m")).body()).isEqualTo("two");
  }

  @Test
  void aReplicaThatCannotBeReachedIsReplacedByAnother() throws Exception {
    directory.serve(
        "m", new Route(nobody(), Readiness.AWAKE, 0), new Route(one.uri(), Readiness.ASLEEP, 0));
    assertThat(post(asking("m")).body()).isEqualTo("one");
    awaitMetric("gthread_proxy_upstream_connect_failures_total{model=\"m\"}", "1.0");
    awaitMetric("gthread_proxy_retries_total{model=\"m\"}", "1.0");
  }

  @Test
  void aRequestThatMayHaveBeenWorkedOnIsNotSentAgain() throws Exception {
    try (var dying = new FakeSidecar((request, socket) -> socket.close())) {
      directory.serve(
          "m",
          new Route(dying.uri(), Readiness.AWAKE, 0),
          new Route(one.uri(), Readiness.ASLEEP, 0));
      var answer = post(asking("m"));
      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(error(answer).path("code").asText()).isEqualTo("upstream_broken");
      assertThat(one.requests()).isEmpty();
    }
  }

  @Test
  void whenNoReplicaCanBeReachedThatIsSaid() throws Exception {
    directory.serve("m", new Route(nobody(), Readiness.AWAKE, 0));
    var answer = post(asking("m"));
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(error(answer).path("code").asText()).isEqualTo("upstream_unreachable");
  }

  @Test
  void anUnknownModelIsToldWithThoseThereAre() throws Exception {
    directory.serve("org/one", one);
    directory.serve("org/two", two);
    var answer = post(asking("org/nine"));
    assertThat(answer.statusCode()).isEqualTo(404);
    JsonNode error = error(answer);
    assertThat(error.path("message").asText()).contains("org/nine", "org/one", "org/two");
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("param").asText()).isEqualTo("model");
    assertThat(error.path("code").asText()).isEqualTo("model_not_found");
  }

  @Test
  void aModelWithoutReplicasIsToBeTriedLater() throws Exception {
    directory.serve("m", new Route[0]);
    var answer = post(asking("m"));
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).contains("5");
    assertThat(error(answer).path("code").asText()).isEqualTo("no_replica");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"model\":|invalid_json|null",
        "[]|invalid_json|null",
        "{}|missing_required_parameter|model",
        "{\"model\":7}|invalid_type|model"
      })
  void whatIsWrongWithARequestIsSaid(String body, String code, String param) throws Exception {
    var answer = post(body);
    assertThat(answer.statusCode()).isEqualTo(400);
    JsonNode error = error(answer);
    assertThat(error.path("code").asText()).isEqualTo(code);
    assertThat(error.path("param").asText()).isEqualTo(param);
    assertThat(error.path("param").isNull()).isEqualTo(param.equals("null"));
  }

  @Test
  void aBodyOverTheLimitIsRefused() throws Exception {
    directory.serve("m", one);
    String within = asking("m") + " ".repeat(MAX_BODY - asking("m").length());
    assertThat(post(within).statusCode()).isEqualTo(200);
    var answer = post(within + " ");
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(error(answer).path("code").asText()).isEqualTo("request_too_large");
    assertThat(one.requests()).hasSize(1);
  }

  @Test
  void aStreamComesOutByteForByte() throws Exception {
    byte[] content = new byte[200_000];
    new Random(7).nextBytes(content);
    try (var streaming =
        new FakeSidecar((request, socket) -> {
          FakeSidecar.send(socket, STREAM_HEAD);
          for (int at = 0, size = 1; at < content.length; at += size, size = size % 4000 + 37) {
            int count = Math.min(size, content.length - at);
            var chunk = new ByteArrayOutputStream();
            chunk.writeBytes(
                (Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.UTF_8));
            chunk.write(content, at, count);
            chunk.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(chunk.toByteArray());
          }
          FakeSidecar.send(socket, "0\r\n\r\n");
        })) {
      directory.serve("m", streaming);
      var answer =
          http.send(
              to(CHAT).POST(BodyPublishers.ofString(asking("m"))).build(),
              BodyHandlers.ofByteArray());
      assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
      assertThat(answer.body()).isEqualTo(content);
    }
  }

  @Test
  void everyEventIsPassedOnBeforeTheNextIsThere() throws Exception {
    var seen = new CountDownLatch(1);
    try (var streaming =
        new FakeSidecar((request, socket) -> {
          FakeSidecar.send(socket, STREAM_HEAD + "9\r\ndata: 1\n\n\r\n");
          try {
            seen.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          FakeSidecar.send(socket, "9\r\ndata: 2\n\n\r\n0\r\n\r\n");
        })) {
      directory.serve("m", streaming);
      HttpResponse<InputStream> answer =
          http.send(
              to(CHAT).POST(BodyPublishers.ofString(asking("m"))).build(),
              BodyHandlers.ofInputStream());
      try (InputStream in = answer.body()) {
        assertThat(new String(in.readNBytes(9), StandardCharsets.UTF_8)).isEqualTo("data: 1\n\n");
        seen.countDown();
        assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("data: 2\n\n");
      }
    }
  }

  @Test
  void aClientThatLeavesIsFeltUpstream() throws Exception {
    var asked = new CountDownLatch(1);
    try (var silent = new FakeSidecar((request, socket) -> asked.countDown())) {
      directory.serve("m", silent);
      String body = asking("m");
      try (var client = new Socket(InetAddress.getLoopbackAddress(), proxy.uri().getPort())) {
        String head =
            "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length();
        client
            .getOutputStream()
            .write((head + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
        asked.await();
        awaitMetric("gthread_proxy_in_flight_requests", "1.0");
      }
      await("the sidecar's connection ends", () -> silent.openNow() == 0);
      awaitMetric("gthread_proxy_in_flight_requests", "0.0");
      awaitMetric("gthread_proxy_requests_total{model=\"m\",status=\"cancelled\"}", "1.0");
    }
  }

  @Test
  void onlyKnownRoutesAreServed() throws Exception {
    directory.serve("m", one);
    assertThat(get("/").statusCode()).isEqualTo(404);
    assertThat(error(get("/v1/nothing")).path("code").asText()).isEqualTo("unknown_url");
    assertThat(get(CHAT).statusCode()).isEqualTo(405);
    assertThat(send(to("/sleep").POST(BodyPublishers.noBody())).statusCode()).isEqualTo(404);
    var head = send(to("/health").HEAD());
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(one.requests()).isEmpty();
  }

  @Test
  void modelsAreListedAndShownOneByOne() throws Exception {
    directory.serve("org/one", one);
    directory.serve("two", new Route[0]);
    JsonNode list = new ObjectMapper().readTree(get("/v1/models").body());
    assertThat(list.path("object").asText()).isEqualTo("list");
    assertThat(list.path("data").findValuesAsText("id")).containsExactly("org/one", "two");
    JsonNode item = list.path("data").path(0);
    assertThat(item.path("object").asText()).isEqualTo("model");
    assertThat(item.path("created").asLong()).isEqualTo(KnownReplicas.CREATED.getEpochSecond());
    assertThat(item.path("owned_by").asText()).isNotEmpty();
    for (String path : List.of("/v1/models/org/one", "/v1/models/org%2Fone")) {
      assertThat(new ObjectMapper().readTree(get(path).body())).isEqualTo(item);
    }
    assertThat(get("/v1/models/nine").statusCode()).isEqualTo(404);
    assertThat(one.requests()).isEmpty();
  }

  @Test
  void readinessComesWithTheDirectoryAndHealthBefore() throws Exception {
    directory.ready = false;
    assertThat(get("/health").statusCode()).isEqualTo(200);
    assertThat(get("/ready").statusCode()).isEqualTo(503);
    directory.ready = true;
    assertThat(get("/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void requestsAreCountedByModelAndOutcomeAndUnknownModelsTogether() throws Exception {
    directory.serve("org/one", one);
    post(asking("org/one"));
    post(asking("org/one"));
    post(asking("invented-1"));
    post(asking("invented-2"));
    post("{");
    awaitMetric("gthread_proxy_requests_total{model=\"org/one\",status=\"2xx\"}", "2.0");
    awaitMetric("gthread_proxy_requests_total{model=\"unknown\",status=\"4xx\"}", "3.0");
    assertThat(get("/metrics").body()).doesNotContain("invented");
  }

  @Test
  void connectionsToASidecarThatIsGoneAreClosed() throws Exception {
    directory.serve("one", one);
    directory.serve("two", two);
    post(asking("one"));
    post(asking("two"));
    assertThat(proxy.pools()).isEqualTo(2);
    directory.forget("one");
    await("its pool is gone", () -> proxy.pools() == 1);
    await("its connections too", () -> one.openNow() == 0);
    assertThat(post(asking("two")).body()).isEqualTo("two");
  }

  private static final String REFUSAL =
      String.join(
          "\r\n",
          "HTTP/1.1 503 Service Unavailable",
          "Content-Type: application/json",
          "x-should-retry: true",
          "Content-Length: 2",
          "",
          "{}");

  private CompletableFuture<HttpResponse<String>> postInTheBackground(String body) {
    return http.sendAsync(
        to(CHAT).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
  }

  @Test
  void aRequestWaitsWhileReplicasAreReplacedAndGoesToTheNewOne() throws Exception {
    directory.serve("m", one);
    directory.settled = new CompletableFuture<>();
    var answer = postInTheBackground(asking("m"));
    awaitMetric("gthread_proxy_in_flight_requests", "1.0");
    assertThat(one.requests()).isEmpty();
    directory.serve("m", two);
    directory.settled.complete(true);
    assertThat(answer.get().body()).isEqualTo("two");
    assertThat(one.requests()).isEmpty();
  }

  @Test
  void aRequestThatAnOldReplicaRefusedGoesToTheNewOne() throws Exception {
    try (var old =
        new FakeSidecar((request, socket) -> {
          directory.settled = new CompletableFuture<>();
          FakeSidecar.send(socket, REFUSAL);
        })) {
      directory.serve("m", old);
      var answer = postInTheBackground(asking("m"));
      await("the old one was asked", () -> !directory.settled.isDone());
      directory.serve("m", one);
      directory.settled.complete(true);
      assertThat(answer.get().body()).isEqualTo("one");
      assertThat(old.requests()).hasSize(1);
    }
  }

  @Test
  void aRequestThatAnOldReplicaNoLongerAcceptedGoesToTheNewOne() throws Exception {
    directory.serve("m", new Route(nobody(), Readiness.AWAKE, 0));
    var asked = new AtomicInteger();
    // First for whether there is such a model, then for its routes.
    directory.afterRoutes =
        () -> {
          if (asked.incrementAndGet() == 2) {
            directory.serve("m", one);
          }
        };
    assertThat(post(asking("m")).body()).isEqualTo("one");
  }

  @Test
  void aRefusalIsPassedOnWhereThereIsNoOtherReplica() throws Exception {
    try (var last = new FakeSidecar((request, socket) -> FakeSidecar.send(socket, REFUSAL))) {
      directory.serve("m", last);
      var answer = post(asking("m"));
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).isEqualTo("{}");
    }
  }

  @Test
  void anErrorOfARequestThatMayHaveBeenWorkedOnIsPassedOn() throws Exception {
    String cut = REFUSAL.replace("x-should-retry: true", "Retry-After: 1");
    try (var old =
        new FakeSidecar((request, socket) -> {
          directory.serve("m", one);
          FakeSidecar.send(socket, cut);
        })) {
      directory.serve("m", old);
      assertThat(post(asking("m")).statusCode()).isEqualTo(503);
      assertThat(one.requests()).isEmpty();
    }
  }

  @Test
  void aReplacementThatTakesTooLongIsSaid() throws Exception {
    directory.serve("m", one);
    directory.settled = new CompletableFuture<>();
    try (var hasty =
        LcProxy.start(
            ServerSettings.loopback(0), directory, new SplittableRandom(1), Duration.ZERO)) {
      var answer =
          send(
              HttpRequest.newBuilder(hasty.uri().resolve(CHAT))
                  .POST(BodyPublishers.ofString(asking("m"))));
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(error(answer).path("code").asText()).isEqualTo("no_replica");
    }
  }

  @Test
  void whoLeavesWhileReplicasAreReplacedIsForgotten() throws Exception {
    directory.serve("m", one);
    directory.settled = new CompletableFuture<>();
    String body = asking("m");
    try (var client = new Socket(InetAddress.getLoopbackAddress(), proxy.uri().getPort())) {
      String head =
          "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length();
      client
          .getOutputStream()
          .write((head + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
      awaitMetric("gthread_proxy_in_flight_requests", "1.0");
    }
    awaitMetric("gthread_proxy_in_flight_requests", "0.0");
    awaitMetric("gthread_proxy_requests_total{model=\"m\",status=\"cancelled\"}", "1.0");
    assertThat(one.requests()).isEmpty();
  }

  @Test
  void commentsComeFromHereSoThatNothingIsCommittedBefore() throws Exception {
    directory.serve("m", one);
    post(asking("m"));
    assertThat(one.requests().getFirst().head()).contains("x-greenthread-keepalive: off");
  }
}
