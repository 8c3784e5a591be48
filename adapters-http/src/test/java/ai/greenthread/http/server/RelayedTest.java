package ai.greenthread.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.http.relay.Cancellation;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.Relay;
import ai.greenthread.http.relay.RelayObserver;
import ai.greenthread.http.relay.RelayOutcome;
import ai.greenthread.http.relay.UpstreamAddress;
import ai.greenthread.http.relay.UpstreamErrors;
import ai.greenthread.http.relay.UpstreamFailure;
import ai.greenthread.http.relay.UpstreamLimits;
import ai.greenthread.http.relay.UpstreamPool;
import ai.greenthread.http.relay.Waiting;
import ai.greenthread.http.testkit.Await;
import ai.greenthread.http.testkit.RawClient;
import ai.greenthread.http.testkit.RawUpstream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A request through server and relay to a raw upstream, at every phase and at every failure. */
@Timeout(60)
class RelayedTest {
  private static final String SSE_HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final long PROMPT_NANOS = Duration.ofSeconds(1).toNanos();

  private final BlockingQueue<RelayOutcome> outcomes = new LinkedBlockingQueue<>();
  private final ByteArrayOutputStream observed = new ByteArrayOutputStream();
  private final CompletableFuture<String> gate = new CompletableFuture<>();
  private volatile RawUpstream.Script script = peer -> {};
  private RawUpstream upstream;
  private UpstreamPool pool;
  private HttpServer server;
  private RawClient client;

  @AfterEach
  void stop() {
    client.close();
    server.close();
    pool.close();
    upstream.close();
  }

  /** What the upstream does with each connection from now on. */
  private void upstreamDoes(RawUpstream.Script upstreamsPart) {
    script = upstreamsPart;
  }

  @BeforeEach
  void start() {
    upstream = new RawUpstream(peer -> script.run(peer));
    pool =
        new UpstreamPool(new UpstreamAddress("127.0.0.1", upstream.port()), UpstreamLimits.DEFAULT);
    Routes routes =
        Routes.builder()
            .post("/v1/x", exchange -> relay(exchange, exchange.body()))
            .post("/parked", this::park)
            .get("/now", exchange -> exchange.respond(200, "text/plain", new byte[0]))
            .build();
    server =
        HttpServer.start(
            ServerSettings.loopback(0).withDrainTimeout(Duration.ofMillis(200)),
            routes,
            new SplittableRandom(1));
    client = new RawClient(server.port());
  }

  private void relay(Exchange exchange, byte[] body) throws ClientGoneException {
    RelayOutcome outcome =
        Relay.relay(
            pool, exchange.forward(body), exchange.answer(), observer(), exchange.cancellation());
    if (outcome instanceof RelayOutcome.NotAnswered(var failure)) {
      exchange.answer().fail(UpstreamErrors.of(failure, exchange.cancellation()));
    }
  }

  private void park(Exchange exchange) throws ClientGoneException, InterruptedException {
    byte[] body = exchange.body();
    exchange.answer().keepAlive(Duration.ofMillis(30), () -> true);
    CompletableFuture<String> mine = gate.copy();
    exchange.cancellation().bind(() -> mine.complete("gone"));
    try {
      if (Waiting.await(mine, exchange.answer()).equals("gone")) {
        outcomes.add(new RelayOutcome.ClientGone(0));
        return;
      }
    } finally {
      exchange.cancellation().unbind();
    }
    relay(exchange, body);
  }

  private RelayObserver observer() {
    return new RelayObserver() {
      @Override
      public void bytes(byte[] buffer, int offset, int length) {
        observed.write(buffer, offset, length);
      }

      @Override
      public void end(RelayOutcome outcome) {
        outcomes.add(outcome);
      }
    };
  }

  private RelayOutcome outcome() throws InterruptedException {
    RelayOutcome outcome = outcomes.poll(10, TimeUnit.SECONDS);
    assertThat(outcome).as("an outcome within 10 s").isNotNull();
    return outcome;
  }

  @Test
  void passesRequestAndAnswerOnAndTakesHopByHopFieldsOffBothWays() throws Exception {
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send(
          "HTTP/1.1 202 Accepted\r\nX-Up: 1\r\nConnection: X-Hop\r\nX-Hop: 2\r\n"
              + "Keep-Alive: timeout=5\r\nContent-Length: 4\r\nX-Request-Id: other\r\n\r\nbody");
    });
    client.post(
        "/v1/x?a=%20b",
        "{}",
        "Authorization: Bearer k",
        "Connection: keep-alive, X-Mine",
        "X-Mine: 1",
        "Accept-Encoding: gzip",
        "X-Request-Id: r-1");
    var answer = client.read();
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body()).isEqualTo("body");
    assertThat(answer.header("X-Up")).contains("1");
    assertThat(answer.header("X-Hop")).isEmpty();
    assertThat(answer.header("Keep-Alive")).isEmpty();
    assertThat(answer.header("Content-Length")).contains("4");
    assertThat(answer.header("x-request-id")).contains("r-1");
    String head = upstream.peers().getFirst().lastHead();
    assertThat(head)
        .startsWith("POST /v1/x?a=%20b HTTP/1.1\r\nHost: 127.0.0.1:" + upstream.port() + "\r\n")
        .contains("Authorization: Bearer k\r\n", "x-request-id: r-1\r\n", "Content-Length: 2\r\n")
        .doesNotContain("X-Mine", "Connection", "gzip", "localhost");
    assertThat(outcome()).isEqualTo(new RelayOutcome.Completed(202, 4));
    assertThat(observed.toString(StandardCharsets.UTF_8)).isEqualTo("body");
  }

  @Test
  void twoRequestsOnOneConnectionUseOneUpstreamConnection() {
    upstreamDoes(peer -> {
      while (peer.readRequest()) {
        peer.send(OK);
      }
    });
    for (int i = 0; i < 20; i++) {
      assertThat(client.post("/v1/x", "{}").read().body()).isEqualTo("ok");
    }
    assertThat(upstream.connections()).isEqualTo(1);
  }

  @Test
  void everyEventIsPassedOnWhenItComes() throws Exception {
    BlockingQueue<String> next = new LinkedBlockingQueue<>();
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send(SSE_HEAD);
      for (String event = next.take(); !event.isEmpty(); event = next.take()) {
        peer.send(Integer.toHexString(event.length()) + "\r\n" + event + "\r\n");
      }
      peer.send("0\r\n\r\n");
    });
    client.post("/v1/x", "{}");
    for (int i = 0; i < 10; i++) {
      String event = "data: " + i + "\n\n";
      next.add(event);
      // The next one is sent only when this one has been seen.
      assertThat(client.readUntil(event)).endsWith(event);
    }
    next.add("");
    assertThat(client.readUntil("0\r\n\r\n")).isEqualTo("\r\n0\r\n\r\n");
    assertThat(outcome()).isInstanceOf(RelayOutcome.Completed.class);
  }

  @Test
  void passesABodyOnWhoseLengthIsNotKnown() {
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
    });
    var answer = client.post("/v1/x", "{}").read();
    assertThat(answer.body()).isEqualTo("until the end");
    assertThat(answer.complete()).isTrue();
  }

  @Test
  void passesALargeBodyOnWhole() {
    String large = "0123456789abcdef".repeat(200_000);
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + large.length() + "\r\n\r\n" + large);
    });
    assertThat(client.post("/v1/x", large).read().body()).isEqualTo(large);
    assertThat(upstream.peers().getFirst().lastBody())
        .isEqualTo(large.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aSlowReaderHoldsTheUpstreamBackAndNotTheHeap() throws Exception {
    AtomicLong sent = new AtomicLong();
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send("HTTP/1.1 200 OK\r\n\r\n");
      byte[] piece = new byte[64 * 1024];
      for (int i = 0; i < 1600; i++) {
        peer.send(piece);
        sent.addAndGet(piece.length);
      }
    });
    client.post("/v1/x", "{}").readHead();
    long[] before = {-1};
    Await.until(
        "the upstream is held back",
        () -> {
          pause();
          long now = sent.get();
          boolean still = now == before[0];
          before[0] = now;
          return still && now > 0;
        });
    assertThat(sent.get()).isLessThan(40_000_000L);
    System.out.printf("a slow reader: %,d bytes left the upstream%n", sent.get());
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void saysThatTheUpstreamIsNotThere() throws Exception {
    upstreamDoes(peer -> {});
    upstream.close();
    var answer = client.post("/v1/x", "{}").read();
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).contains("upstream_unreachable");
    assertThat(answer.header("retry-after-ms")).isPresent();
    assertThat(outcome())
        .isInstanceOfSatisfying(
            RelayOutcome.NotAnswered.class,
            e -> assertThat(e.failure().failure()).isEqualTo(UpstreamFailure.REFUSED));
  }

  @Test
  void saysThatTheUpstreamBrokeBeforeItsAnswer() {
    upstreamDoes(RawUpstream.Peer::readRequest);
    var answer = client.post("/v1/x", "{}").read();
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).contains("upstream_broken");
    assertThat(client.post("/v1/x", "{}").read().status()).isEqualTo(502);
  }

  @Test
  void refusesSmuggledFraming() {
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send(
          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    });
    var answer = client.post("/v1/x", "{}").read();
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).contains("upstream_invalid_response");
  }

  @Test
  void anUpstreamThatDiesMidStreamIsAnErrorEventAndABrokenConnection() throws Exception {
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send(SSE_HEAD + "c\r\ndata: {\"half\r\n");
    });
    var answer = client.post("/v1/x", "{}").read();
    assertThat(answer.complete()).isFalse();
    assertThat(answer.body()).startsWith("data: {\"half\n\ndata: {\"error\":{\"message\":");
    assertThat(answer.body()).endsWith("\"code\":\"upstream_broken\"}}\n\n");
    assertThat(client.isClosedByServer()).isTrue();
    assertThat(outcome()).isInstanceOf(RelayOutcome.Broken.class);
  }

  @Test
  void anUpstreamThatDiesMidBodyIsABrokenConnection() throws Exception {
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    });
    var answer = client.post("/v1/x", "{}").read();
    assertThat(answer.body()).isEqualTo("half");
    assertThat(answer.complete()).isFalse();
    assertThat(outcome()).isInstanceOf(RelayOutcome.Broken.class);
  }

  @Test
  void aClientThatLeavesWhileParkedIsSeenAtOnceAndNeverReachesTheUpstream() throws Exception {
    upstreamDoes(peer -> {});
    client.post("/parked", "{}");
    assertThat(client.readUntil(": waking\n\n")).contains("text/event-stream");
    client.close();
    assertThat(outcome()).isEqualTo(new RelayOutcome.ClientGone(0));
    gate.complete("go");
    assertThat(upstream.connections()).isZero();
  }

  @Test
  void aParkedRequestGoesOnWithTheUpstreamsStream() {
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send(SSE_HEAD + "9\r\ndata: 1\n\n\r\n0\r\n\r\n");
    });
    client.post("/parked", "{}");
    String head = client.readUntil(": waking\n\n");
    assertThat(head).startsWith("HTTP/1.1 200 OK\r\n");
    gate.complete("go");
    assertThat(client.readUntil("0\r\n\r\n")).contains("data: 1\n\n");
  }

  @Test
  void aClientThatLeavesBeforeTheHeadIsFeltAtTheUpstreamAtOnce() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    leaves(
        "before the head",
        peer -> {
          peer.readRequest();
          asked.countDown();
        },
        asked::await);
  }

  @Test
  void aClientThatLeavesAfterTheHeadIsFeltAtTheUpstreamAtOnce() throws Exception {
    leaves(
        "after the head, in silence",
        peer -> {
          peer.readRequest();
          peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:");
        },
        () -> client.readUntil(":\r\n"));
  }

  @Test
  void aClientThatLeavesMidStreamInSilenceIsFeltAtTheUpstreamAtOnce() throws Exception {
    leaves(
        "mid-stream, in silence",
        peer -> {
          peer.readRequest();
          peer.send(SSE_HEAD);
          for (int i = 0; i < 5; i++) {
            peer.send("9\r\ndata: 1\n\n\r\n");
            Thread.sleep(5);
          }
        },
        () -> client.readUntil("data: 1\n\n"));
  }

  @Test
  void aClientThatLeavesABusyStreamIsFeltAtTheUpstreamAtOnce() throws Exception {
    AtomicLong lastWrite = new AtomicLong();
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send(SSE_HEAD);
      try {
        while (true) {
          peer.send("9\r\ndata: 1\n\n\r\n");
          lastWrite.set(System.nanoTime());
          Thread.sleep(5);
        }
      } catch (IOException e) {
        lastWrite.set(-1);
      }
    });
    client.post("/v1/x", "{}").readUntil("data: 1\n\n");
    client.close();
    long left = System.nanoTime();
    Await.until("the upstream's write fails", () -> lastWrite.get() < 0);
    report("mid-stream, events every 5 ms", System.nanoTime() - left);
    assertThat(outcome()).isInstanceOf(RelayOutcome.ClientGone.class);
  }

  private interface Step {
    void run() throws Exception;
  }

  private void leaves(String phase, RawUpstream.Script script, Step reached) throws Exception {
    AtomicLong felt = new AtomicLong();
    upstreamDoes(peer -> {
      script.run(peer);
      peer.awaitClose();
      felt.set(System.nanoTime());
    });
    client.post("/v1/x", "{}");
    reached.run();
    // Long enough to be quiet, so that the time measured is not that of the first quiet moment.
    Thread.sleep(50);
    assertThat(felt).hasValue(0);
    long left = System.nanoTime();
    client.close();
    Await.until("the upstream feels it", () -> felt.get() != 0);
    report(phase, felt.get() - left);
    assertThat(outcome()).isInstanceOf(RelayOutcome.ClientGone.class);
    assertThat(pool.openConnections()).isZero();
  }

  private static void report(String phase, long nanos) {
    System.out.printf("client gone %s: felt at the upstream after %.1f ms%n", phase, nanos / 1e6);
    assertThat(nanos).isLessThan(PROMPT_NANOS);
  }

  @Test
  void aClientThatClosesOnlyItsSendingSideCountsAsGone() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    upstreamDoes(peer -> {
      peer.readRequest();
      asked.countDown();
      peer.awaitClose();
    });
    client.post("/v1/x", "{}");
    asked.await();
    client.socket().shutdownOutput();
    assertThat(outcome()).isInstanceOf(RelayOutcome.ClientGone.class);
  }

  @Test
  void aWatchedConnectionIsKeptAlive() {
    upstreamDoes(peer -> {
      while (peer.readRequest()) {
        Thread.sleep(60);
        peer.send(OK);
      }
    });
    for (int i = 0; i < 5; i++) {
      assertThat(client.post("/v1/x", "{}").read().body()).isEqualTo("ok");
    }
    assertThat(upstream.connections()).isEqualTo(1);
  }

  @Test
  void requestsSentAheadDuringAWatchAreAnsweredInOrder() {
    upstreamDoes(peer -> {
      while (peer.readRequest()) {
        Thread.sleep(60);
        String body = new String(peer.lastBody(), StandardCharsets.UTF_8);
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
      }
    });
    client.post("/v1/x", "first");
    pause();
    client.post("/v1/x", "second").post("/v1/x", "third");
    assertThat(client.read().body()).isEqualTo("first");
    assertThat(client.read().body()).isEqualTo("second");
    assertThat(client.read().body()).isEqualTo("third");
  }

  @Test
  void stoppingLetsAnswersEndAndCutsThoseThatDoNotWithAnError() throws Exception {
    upstreamDoes(peer -> {
      peer.readRequest();
      peer.send(SSE_HEAD + "9\r\ndata: 1\n\n\r\n");
      peer.awaitClose();
    });
    client.post("/v1/x", "{}").readUntil("data: 1\n\n\r\n");
    Thread stopping = Thread.ofVirtual().start(() -> server.stop());
    String rest = client.readUntil("shutting_down\"}}\n\n\r\n");
    assertThat(rest).contains("data: {\"error\":");
    assertThat(client.isClosedByServer()).isTrue();
    stopping.join();
    assertThat(outcome()).isInstanceOf(RelayOutcome.Broken.class);
  }

  @Test
  void stoppingClosesIdleConnectionsAtOnceWatchedOnesToo() throws Exception {
    upstreamDoes(peer -> {
      while (peer.readRequest()) {
        Thread.sleep(60);
        peer.send(OK);
      }
    });
    client.post("/v1/x", "{}").read();
    RawClient unwatched = new RawClient(server.port());
    unwatched.get("/now").read();
    long start = System.nanoTime();
    server.stop();
    assertThat(System.nanoTime() - start).isLessThan(PROMPT_NANOS);
    assertThat(client.isClosedByServer()).isTrue();
    assertThat(unwatched.isClosedByServer()).isTrue();
    unwatched.close();
  }

  @Test
  void cancellingFromOutsideTellsTheClientWhy() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    upstreamDoes(peer -> {
      peer.readRequest();
      asked.countDown();
      peer.awaitClose();
    });
    Cancellation drained = new Cancellation();
    Routes routes =
        Routes.builder()
            .post(
                "/v1/x",
                exchange -> {
                  byte[] body = exchange.body();
                  RelayOutcome outcome =
                      Relay.relay(
                          pool,
                          exchange.forward(body),
                          exchange.answer(),
                          RelayObserver.NONE,
                          drained);
                  if (outcome instanceof RelayOutcome.NotAnswered(var failure)) {
                    exchange.answer().fail(UpstreamErrors.of(failure, drained));
                  }
                })
            .build();
    try (HttpServer other =
            HttpServer.start(ServerSettings.loopback(0), routes, new SplittableRandom(1));
        RawClient waiting = new RawClient(other.port())) {
      waiting.post("/v1/x", "{}");
      asked.await();
      drained.cancel(Cancellation.Reason.DRAIN_DEADLINE);
      var answer = waiting.read();
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body()).contains("preempted");
    }
  }
}
