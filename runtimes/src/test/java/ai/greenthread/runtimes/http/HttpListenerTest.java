package ai.greenthread.runtimes.http;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.runtimes.testing.Eventually;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The small server at its edges: how requests may arrive, and how clients may leave. */
class HttpListenerTest {
  private static final HttpLimits LIMITS =
      new HttpLimits(2 << 10, 4 << 10, 8, Duration.ofSeconds(10), Duration.ofSeconds(10));

  private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private final HttpListener listener;

  HttpListenerTest() throws IOException {
    listener = HttpListener.open("127.0.0.1", 0, LIMITS, new Echo());
  }

  /** Answers with what it was sent; some paths behave otherwise. */
  private final class Echo implements HttpHandler {
    @Override
    public void handle(Exchange exchange) throws IOException, InterruptedException {
      HttpRequest request = exchange.request();
      exchange.onLeave(() -> seen.add("left " + request.path()));
      switch (request.path()) {
        case "/wait" -> {
          seen.add("came " + request.path());
          release.await();
        }
        case "/stream" -> {
          exchange.startStream("text/plain", List.of());
          exchange.send("one".getBytes(StandardCharsets.US_ASCII));
          release.await();
          exchange.send("two".getBytes(StandardCharsets.US_ASCII));
          exchange.endStream();
          return;
        }
        case "/cut" -> {
          exchange.startStream("text/plain", List.of());
          exchange.send("one".getBytes(StandardCharsets.US_ASCII));
          exchange.cut();
          return;
        }
        default -> {}
      }
      String echo =
          request.method()
              + " "
              + request.path()
              + " "
              + request.queryValues("q")
              + " "
              + new String(request.body(), StandardCharsets.UTF_8);
      exchange.respond(200, "text/plain", echo.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void refuse(Exchange exchange, int status, String message) throws IOException {
      exchange.respond(status, "text/plain", message.getBytes(StandardCharsets.UTF_8));
    }
  }

  @BeforeEach
  void nothingSeen() {
    seen.clear();
  }

  @AfterEach
  void close() {
    release.countDown();
    listener.close();
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), listener.port());
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** All that the server sends until it closes. */
  private String talk(String text) throws IOException {
    try (Socket socket = connect()) {
      send(socket, text);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String readUntil(InputStream in, String end) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (!bytes.toString(StandardCharsets.UTF_8).endsWith(end)) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("ended after " + bytes);
      }
      bytes.write(next);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void keepsAConnectionForSeveralRequestsAlsoSentAtOnce() throws Exception {
    String answers =
        talk(
            "POST /a?q=1&q=%32+x HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc"
                + "GET /b%20c HTTP/1.1\r\n\r\n"
                + "GET /d+e HTTP/1.1\r\nConnection: close\r\n\r\n");
    assertThat(answers).containsSubsequence("POST /a [1, 2 x] abc", "GET /b c []", "GET /d+e []");
    assertThat(seen).isEmpty();
  }

  @Test
  void readsBodiesInChunksAndThoseThatWaitToBeAskedFor() throws Exception {
    assertThat(
            talk(
                String.join(
                    "\r\n",
                    "POST /c HTTP/1.1",
                    "transfer-encoding: chunked",
                    "connection: close",
                    "",
                    "3;ext=1",
                    "abc",
                    "2",
                    "de",
                    "0",
                    "trailer: x",
                    "",
                    "")))
        .endsWith("POST /c [] abcde");
    assertThat(
            talk(
                "POST /e HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi"))
        .startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
        .endsWith("POST /e [] hi");
    assertThat(talk("GET /old HTTP/1.0\r\n\r\n")).contains("connection: close");
  }

  @Test
  void refusesWhatItCannotReadOrWillNotHold() throws Exception {
    assertThat(talk("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(talk("GET / HTTP/1.1\r\nno colon\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(talk("GET /%zz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(talk("POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(talk("GET / HTTP/1.1\r\na: " + "x".repeat(3000) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431 ");
    String tooLarge = talk("POST / HTTP/1.1\r\ncontent-length: 5000\r\n\r\n" + "x".repeat(5000));
    assertThat(tooLarge).startsWith("HTTP/1.1 413 ").contains("4096 bytes");
    assertThat(
            talk(
                "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1389\r\n" + "x".repeat(5001)))
        .startsWith("HTTP/1.1 413 ");
  }

  @Test
  void tellsTheHandlerAtOnceThatItsClientHasLeftInSilence() throws Exception {
    try (Socket socket = connect()) {
      send(socket, "GET /wait HTTP/1.1\r\n\r\n");
      Eventually.isTrue("it is handled", () -> seen.contains("came /wait"));
      assertThat(seen).doesNotContain("left /wait");
    }
    Eventually.isTrue("it has left", () -> seen.contains("left /wait"));
  }

  @Test
  void sendsEveryPieceAtOnceAndEndsAStreamCleanly() throws Exception {
    try (Socket socket = connect()) {
      send(socket, "GET /stream HTTP/1.1\r\n\r\n");
      assertThat(readUntil(socket.getInputStream(), "3\r\none\r\n"))
          .contains("transfer-encoding: chunked");
      release.countDown();
      assertThat(readUntil(socket.getInputStream(), "0\r\n\r\n"))
          .isEqualTo("3\r\ntwo\r\n0\r\n\r\n");
      send(socket, "GET /next HTTP/1.1\r\n\r\n");
      assertThat(readUntil(socket.getInputStream(), "GET /next [] ")).contains("200 OK");
    }
    assertThat(seen).doesNotContain("left /stream");
  }

  @Test
  void aCutIsNoCleanEndAndNobodyLeft() throws Exception {
    try (Socket socket = connect()) {
      send(socket, "GET /cut HTTP/1.1\r\n\r\n");
      StringBuilder text = new StringBuilder();
      try {
        for (int next = 0; next >= 0; next = socket.getInputStream().read()) {
          text.append((char) next);
        }
      } catch (IOException _) {
        text.append("<reset>");
      }
      assertThat(text.toString()).doesNotContain("\r\n0\r\n").endsWith("<reset>");
    }
    assertThat(seen).isEmpty();
  }

  @Test
  void closesWhatIsTooMuchAndEverythingWhenItIsClosed() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < LIMITS.connections(); i++) {
      Socket socket = connect();
      sockets.add(socket);
      send(socket, "GET /ok HTTP/1.1\r\n\r\n");
      readUntil(socket.getInputStream(), "GET /ok [] ");
    }
    try (Socket extra = connect()) {
      assertThat(extra.getInputStream().read()).isEqualTo(-1);
    }
    listener.close();
    for (Socket socket : sockets) {
      int next;
      try {
        next = socket.getInputStream().read();
      } catch (IOException _) {
        next = -1;
      }
      assertThat(next).isEqualTo(-1);
      socket.close();
    }
  }
}
