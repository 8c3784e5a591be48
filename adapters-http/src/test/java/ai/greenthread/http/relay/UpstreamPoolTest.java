package ai.greenthread.http.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.greenthread.http.testkit.Await;
import ai.greenthread.http.testkit.RawUpstream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class UpstreamPoolTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final Cancellation cancellation = new Cancellation();

  @Test
  void headAndBodyArriveInOnePiece() throws Exception {
    byte[] first = new byte[16 * 1024];
    int[] count = new int[1];
    try (var upstream =
            new RawUpstream(peer -> {
              count[0] = peer.socket().getInputStream().read(first);
              peer.send(OK);
            });
        var pool = pool(upstream)) {
      String body = "{\"model\":\"m\"}";
      assertThat(
              fetch(
                  pool,
                  UpstreamRequest.post("/v1/x?y=1", HeaderFields.of("X-A", "b"), bytes(body))))
          .isEqualTo("200 ok");
      assertThat(new String(first, 0, count[0], StandardCharsets.ISO_8859_1))
          .isEqualTo(
              "POST /v1/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:"
                  + upstream.port()
                  + "\r\nX-A: b\r\nContent-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body);
    }
  }

  @Test
  void aHeadLargerThanTheBufferIsSentWhole() throws Exception {
    try (var upstream = RawUpstream.answering(OK);
        var pool = pool(upstream)) {
      String value = "v".repeat(30_000);
      fetch(pool, UpstreamRequest.post("/", HeaderFields.of("X-Long", value), bytes("body")));
      assertThat(upstream.peers().getFirst().lastHead()).contains("X-Long: " + value + "\r\n");
      assertThat(upstream.peers().getFirst().lastBody()).isEqualTo(bytes("body"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX: y\r\n\r\nhello world",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6;e=1\r\nhello \r\n5\r\nworld\r\n0\r\nT: v\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"
      })
  void readsAnAnswerSplitAtEveryPointAndReusesTheConnection(String answer) throws Exception {
    byte[] wire = bytes(answer);
    int[] split = new int[1];
    try (var upstream =
            new RawUpstream(peer -> {
              while (peer.readRequest()) {
                peer.send(Arrays.copyOf(wire, split[0]));
                // The reader must get two pieces; with one it would still have to be right.
                Thread.sleep(1);
                peer.send(Arrays.copyOfRange(wire, split[0], wire.length));
              }
            });
        var pool = pool(upstream)) {
      for (split[0] = 0; split[0] < wire.length; split[0]++) {
        assertThat(get(pool)).as("split at %d", split[0]).isEqualTo("200 hello world");
      }
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
      })
  void doesNotReuseAConnectionThatCannotBeTrusted(String answer) throws Exception {
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.send(answer);
              if (answer.contains("\r\n\r\nok") && !answer.contains("Content-Length")) {
                return;
              }
              peer.awaitClose();
            });
        var pool = pool(upstream)) {
      assertThat(get(pool)).isEqualTo("200 ok");
      assertThat(pool.idleConnections()).isZero();
      assertThat(pool.openConnections()).isZero();
      assertThat(get(pool)).isEqualTo("200 ok");
      assertThat(upstream.connections()).isEqualTo(2);
    }
  }

  @Test
  void takesTheConnectionUsedLast() throws Exception {
    try (var upstream = RawUpstream.answering(OK);
        var pool = pool(upstream)) {
      UpstreamResponse first = send(pool);
      UpstreamResponse second = send(pool);
      drain(first);
      drain(second);
      assertThat(pool.idleConnections()).isEqualTo(2);
      get(pool);
      get(pool);
      assertThat(upstream.peers()).extracting(RawUpstream.Peer::requests).containsExactly(1, 3);
    }
  }

  @Test
  void closesWhatWasIdleForTooLongWithoutBeingAsked() throws Exception {
    var limits = UpstreamLimits.DEFAULT.withIdleTimeout(Duration.ofMillis(50));
    try (var upstream = RawUpstream.answering(OK);
        var pool = new UpstreamPool(new UpstreamAddress("127.0.0.1", upstream.port()), limits)) {
      get(pool);
      Await.until("the idle connection is closed", () -> pool.openConnections() == 0);
    }
  }

  @Test
  void sendsOnceMoreWhenThePooledConnectionWasStale() throws Exception {
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.send(OK);
              // And goes without a word, as a restarted server does.
            });
        var pool = pool(upstream)) {
      for (int i = 1; i <= 20; i++) {
        assertThat(get(pool)).isEqualTo("200 ok");
        assertThat(upstream.connections()).isEqualTo(i);
      }
    }
  }

  @Test
  void sendsOnceMoreOnlyOnce() throws Exception {
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              if (peer.number() == 1) {
                peer.send(OK);
              }
            });
        var pool = pool(upstream)) {
      get(pool);
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.BROKEN_BEFORE_FIRST_BYTE);
      assertThat(upstream.connections()).isEqualTo(2);
    }
  }

  @Test
  void neverRepeatsARequestThatWasAnsweredByOneByte() throws Exception {
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.send(OK);
              peer.readRequest();
              peer.send("H");
            });
        var pool = pool(upstream)) {
      get(pool);
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.BROKEN_IN_HEAD);
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @Test
  void neverRepeatsARequestThatWasWorkedOn() throws Exception {
    long[] now = {0};
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.send(OK);
              peer.readRequest();
              now[0] += Duration.ofSeconds(2).toNanos();
            });
        var pool =
            new UpstreamPool(
                new UpstreamAddress("127.0.0.1", upstream.port()),
                UpstreamLimits.DEFAULT,
                () -> now[0])) {
      get(pool);
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.BROKEN_BEFORE_FIRST_BYTE);
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @Test
  void aFreshConnectionThatBreaksIsNotRepeated() {
    try (var upstream = new RawUpstream(RawUpstream.Peer::readRequest);
        var pool = pool(upstream)) {
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.BROKEN_BEFORE_FIRST_BYTE);
      assertThat(upstream.connections()).isEqualTo(1);
      assertThat(pool.openConnections()).isZero();
    }
  }

  @Test
  void saysThatNobodyListens() throws IOException {
    int port;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    try (var pool =
        new UpstreamPool(new UpstreamAddress("127.0.0.1", port), UpstreamLimits.DEFAULT)) {
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.REFUSED);
      assertThat(pool.openConnections()).isZero();
    }
  }

  @Test
  void givesUpOnAHeadThatComesTooSlowly() {
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              for (int i = 0; i < 1000; i++) {
                peer.send("H");
                Thread.sleep(10);
              }
            });
        var pool = pool(upstream)) {
      var slow =
          UpstreamRequest.get("/", new HeaderFields()).withHeadTimeout(Duration.ofMillis(100));
      assertThat(failure(pool, slow)).isEqualTo(UpstreamFailure.HEAD_TIMEOUT);
    }
  }

  @Test
  void givesUpOnABodyThatFallsSilent() throws Exception {
    var limits =
        new UpstreamLimits(
            10,
            10,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofMillis(50),
            1024,
            10,
            1024);
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok");
              peer.awaitClose();
            });
        var pool = new UpstreamPool(new UpstreamAddress("127.0.0.1", upstream.port()), limits)) {
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.SILENT_MID_BODY);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
      })
  void tellsABrokenBodyFromAnEndedOne(String answer) {
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.send(answer);
            });
        var pool = pool(upstream)) {
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.BROKEN_MID_BODY);
      assertThat(pool.openConnections()).isZero();
    }
  }

  @Test
  void aResetBreaksEvenABodyThatEndsWithItsConnection() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.send("HTTP/1.1 200 OK\r\n\r\nok");
              seen.await();
              peer.reset();
            });
        var pool = pool(upstream);
        UpstreamResponse response = send(pool)) {
      assertThat(response.read()).isTrue();
      seen.countDown();
      UpstreamException e = catchThrowableOfType(UpstreamException.class, response::read);
      assertThat(e.failure()).isEqualTo(UpstreamFailure.BROKEN_MID_BODY);
    }
  }

  @Test
  void refusesAHeadThatIsTooLargeAndTakesOneThatIsJustLarge() throws Exception {
    String[] fields = {"X: " + "v".repeat(60_000) + "\r\n"};
    try (var upstream =
            new RawUpstream(peer -> {
              while (peer.readRequest()) {
                peer.send("HTTP/1.1 200 OK\r\n" + fields[0] + "Content-Length: 2\r\n\r\nok");
              }
            });
        var pool = pool(upstream)) {
      assertThat(get(pool)).isEqualTo("200 ok");
      assertThat(pool.idleConnections()).isEqualTo(1);
      fields[0] = "X: " + "v".repeat(70_000) + "\r\n";
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.INVALID_RESPONSE);
      fields[0] = "X: y\r\n".repeat(200);
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.INVALID_RESPONSE);
      assertThat(pool.openConnections()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "garbage\r\n\r\n"})
  void refusesWhatIsNoAnswer(String answer) {
    try (var upstream = RawUpstream.answering(answer);
        var pool = pool(upstream)) {
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.INVALID_RESPONSE);
    }
  }

  @Test
  void refusesInterimAnswersWithoutEnd() {
    try (var upstream = RawUpstream.answering("HTTP/1.1 102 Processing\r\n\r\n".repeat(100));
        var pool = pool(upstream)) {
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.INVALID_RESPONSE);
    }
  }

  @Test
  void seesAnAnswerThatComesBeforeTheUploadEnds() throws Exception {
    byte[] large = new byte[32 * 1024 * 1024];
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readHead();
              peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
              // Reads nothing more and keeps the connection open.
              new CountDownLatch(1).await(5, TimeUnit.SECONDS);
            });
        var pool = pool(upstream)) {
      long start = System.nanoTime();
      assertThat(fetch(pool, UpstreamRequest.post("/", new HeaderFields(), large)))
          .isEqualTo("413 no");
      assertThat(System.nanoTime() - start).isLessThan(4_000_000_000L);
      assertThat(pool.openConnections()).isZero();
    }
  }

  @Test
  void sendsALargeBodyWhole() throws Exception {
    byte[] large = new byte[3_000_000];
    Arrays.fill(large, (byte) 'x');
    try (var upstream = RawUpstream.answering(OK);
        var pool = pool(upstream)) {
      assertThat(fetch(pool, UpstreamRequest.post("/", new HeaderFields(), large)))
          .isEqualTo("200 ok");
      assertThat(upstream.peers().getFirst().lastBody()).isEqualTo(large);
    }
  }

  @Test
  void holdsTheLimitOfOpenConnections() throws Exception {
    var limits =
        new UpstreamLimits(
            2,
            2,
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            1024,
            10,
            1024);
    try (var upstream = RawUpstream.answering(OK);
        var pool = new UpstreamPool(new UpstreamAddress("127.0.0.1", upstream.port()), limits)) {
      UpstreamResponse first = send(pool);
      UpstreamResponse second = send(pool);
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.TOO_MANY_CONNECTIONS);
      drain(first);
      assertThat(get(pool)).isEqualTo("200 ok");
      drain(second);
      assertThat(pool.openConnections()).isEqualTo(2);
    }
  }

  @Test
  void cancellingWhileItWaitsForTheHeadClosesTheSocketAtOnce() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch felt = new CountDownLatch(1);
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              asked.countDown();
              peer.awaitClose();
              felt.countDown();
            });
        var pool = pool(upstream)) {
      Thread.ofVirtual().start(() -> cancelAfter(asked));
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.CANCELLED);
      assertThat(felt.await(1, TimeUnit.SECONDS)).isTrue();
      assertThat(pool.openConnections()).isZero();
    }
  }

  @Test
  void cancellingMidBodyClosesTheSocketAtOnce() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.send("HTTP/1.1 200 OK\r\n\r\nok");
              asked.countDown();
              peer.awaitClose();
            });
        var pool = pool(upstream)) {
      Thread.ofVirtual().start(() -> cancelAfter(asked));
      assertThat(failure(pool)).isEqualTo(UpstreamFailure.CANCELLED);
      assertThat(pool.openConnections()).isZero();
    }
  }

  @Test
  void aLateCancellationDoesNotHurtTheNextUserOfTheConnection() throws Exception {
    try (var upstream = RawUpstream.answering(OK);
        var pool = pool(upstream)) {
      get(pool);
      cancellation.cancel(Cancellation.Reason.CLIENT_GONE);
      try (UpstreamResponse next =
          pool.send(
              UpstreamRequest.get("/", new HeaderFields()),
              new Cancellation(),
              SilenceListener.NONE)) {
        assertThat(next.status()).isEqualTo(200);
      }
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @Test
  void callsTheListenerAgainAndAgainWhileItIsSilent() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              Await.until("three calls", () -> calls.get() >= 3);
              peer.send(OK);
            });
        var pool = pool(upstream);
        UpstreamResponse response =
            pool.send(
                UpstreamRequest.get("/", new HeaderFields()),
                cancellation,
                listener(10, calls::incrementAndGet))) {
      assertThat(response.status()).isEqualTo(200);
    }
  }

  @Test
  void aListenerThatFindsTheClientGoneCancelsTheExchange() throws Exception {
    CountDownLatch felt = new CountDownLatch(1);
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              peer.awaitClose();
              felt.countDown();
            });
        var pool = pool(upstream)) {
      SilenceListener gone =
          listener(
              10,
              () -> {
                throw new ClientGoneException("left");
              });
      UpstreamException e =
          catchThrowableOfType(
              UpstreamException.class,
              () -> pool.send(UpstreamRequest.get("/", new HeaderFields()), cancellation, gone));
      assertThat(e.failure()).isEqualTo(UpstreamFailure.CANCELLED);
      assertThat(cancellation.reason()).contains(Cancellation.Reason.CLIENT_GONE);
      assertThat(felt.await(5, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void looksAfterManyWaitsAtOnce() throws Exception {
    int many = 200;
    AtomicInteger called = new AtomicInteger();
    CountDownLatch answer = new CountDownLatch(1);
    try (var upstream =
            new RawUpstream(peer -> {
              peer.readRequest();
              answer.await();
              peer.send(OK);
            });
        var pool = pool(upstream);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        boolean[] mine = new boolean[1];
        SilenceListener once =
            listener(
                20,
                () -> {
                  if (!mine[0]) {
                    mine[0] = true;
                    called.incrementAndGet();
                  }
                });
        answers.add(
            threads.submit(() ->
                drain(
                    pool.send(
                        UpstreamRequest.get("/", new HeaderFields()), new Cancellation(), once))));
      }
      Await.until("each of them was called", () -> called.get() == many);
      answer.countDown();
      for (Future<String> each : answers) {
        assertThat(each.get()).isEqualTo("200 ok");
      }
    }
  }

  /** The lookout must neither miss a wait nor end one that is not its. */
  @Test
  void endsExactlyTheWaitsThatTakeTooLong() throws Exception {
    long seed = new Random().nextLong();
    try (var upstream =
            new RawUpstream(peer -> {
              while (peer.readRequest()) {
                if (peer.lastHead().contains("GET /slow")) {
                  peer.awaitClose();
                } else {
                  peer.send(OK);
                }
              }
            });
        var pool = pool(upstream);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Random random = new Random(seed + i);
        clients.add(
            threads.submit(() -> {
              for (int request = 0; request < 100; request++) {
                boolean slow = random.nextInt(10) == 0;
                UpstreamRequest asked =
                    UpstreamRequest.get(slow ? "/slow" : "/", new HeaderFields())
                        .withHeadTimeout(Duration.ofMillis(slow ? 15 : 5000));
                String outcome = "";
                try {
                  outcome = drain(pool.send(asked, new Cancellation(), listener(5, () -> {})));
                } catch (UpstreamException e) {
                  outcome = e.failure().name();
                }
                assertThat(outcome).as("seed %d", seed).isEqualTo(slow ? "HEAD_TIMEOUT" : "200 ok");
              }
              return null;
            }));
      }
      for (Future<?> client : clients) {
        client.get();
      }
    }
  }

  private interface OnSilence {
    void run() throws ClientGoneException;
  }

  private static SilenceListener listener(int pauseMillis, OnSilence action) {
    return new SilenceListener() {
      @Override
      public int pauseMillis() {
        return pauseMillis;
      }

      @Override
      public void onSilence() throws ClientGoneException {
        action.run();
      }
    };
  }

  private void cancelAfter(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    cancellation.cancel(Cancellation.Reason.DRAIN_DEADLINE);
  }

  private static UpstreamPool pool(RawUpstream upstream) {
    return new UpstreamPool(
        new UpstreamAddress("127.0.0.1", upstream.port()), UpstreamLimits.DEFAULT);
  }

  private UpstreamResponse send(UpstreamPool pool) throws IOException {
    return pool.send(
        UpstreamRequest.get("/", new HeaderFields()), new Cancellation(), SilenceListener.NONE);
  }

  private String get(UpstreamPool pool) throws IOException {
    return fetch(pool, UpstreamRequest.get("/", new HeaderFields()));
  }

  private String fetch(UpstreamPool pool, UpstreamRequest request) throws IOException {
    return drain(pool.send(request, cancellation, SilenceListener.NONE));
  }

  private static String drain(UpstreamResponse response) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (response) {
      while (response.read()) {
        body.write(response.buffer(), response.offset(), response.length());
      }
      return response.status() + " " + body.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private UpstreamFailure failure(UpstreamPool pool) {
    return failure(pool, UpstreamRequest.get("/", new HeaderFields()));
  }

  private UpstreamFailure failure(UpstreamPool pool, UpstreamRequest request) {
    return catchThrowableOfType(UpstreamException.class, () -> fetch(pool, request)).failure();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
