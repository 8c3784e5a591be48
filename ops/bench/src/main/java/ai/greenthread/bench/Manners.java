package ai.greenthread.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway does when things go wrong, which no throughput shows: a refusal with Retry-After,
 * a model server that dies within a stream, a client that leaves.
 */
final class Manners {

  /**
   * @param retryAfter a 429 came through with its Retry-After
   * @param deathIsVisible a stream whose server died did not end as if it were whole
   * @param death what the client saw then
   * @param left clients that left within a stream
   * @param leavingMillis from each one's closing to the mock's noticing; absent when none was
   *     noticed
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Report(
      boolean retryAfter,
      boolean deathIsVisible,
      String death,
      int left,
      @Nullable Spread leavingMillis) {}

  private static final int LEAVERS = 20;
  private static final Duration NOTICE_LIMIT = Duration.ofSeconds(2);
  private static final int READ_LIMIT_MILLIS = 10_000;

  /** Whether a chat request is answered well there. */
  static boolean answersChat(URI url, String model) {
    try {
      return ask(url, model, "\"stream\":false").startsWith("HTTP/1.1 200");
    } catch (IOException notYet) {
      return false;
    }
  }

  private final Mock mock;
  private final String model;

  Manners(Mock mock, String model) {
    this.mock = mock;
    this.model = model;
  }

  Report of(Gateway gateway) throws IOException, Unavailable {
    String refused = ask(gateway.url(), model, "\"mock_status\":429").toLowerCase(Locale.ROOT);
    boolean retryAfter =
        refused.startsWith("http/1.1 429") && refused.contains("\r\nretry-after: 7\r\n");
    String death = death(gateway);
    var noticed = new ArrayList<Double>();
    for (int i = 0; i < LEAVERS; i++) {
      double millis = leave(gateway);
      if (!Double.isNaN(millis)) {
        noticed.add(millis);
      }
    }
    return new Report(
        retryAfter, !death.isEmpty(), death, LEAVERS, Spread.of(noticed).orElse(null));
  }

  /** What told the client that the stream is broken; empty when nothing did. */
  private String death(Gateway gateway) {
    String answer;
    try {
      answer = ask(gateway.url(), model, "\"stream\":true,\"mock_die_after\":3");
    } catch (IOException broken) {
      return "the connection broke";
    }
    boolean told = answer.contains("\"error\"");
    // Without chunks only the connection's end ends the body, and that looks the same either way.
    boolean broken =
        answer.toLowerCase(Locale.ROOT).contains("\r\ntransfer-encoding: chunked")
            && !answer.endsWith("0\r\n\r\n");
    if (!broken) {
      return told ? "an error event" : "";
    }
    return told ? "an error event, then no last chunk" : "no last chunk";
  }

  /**
   * Milliseconds from leaving a stream to the mock's noticing, not a number when it did not within
   * the limit.
   */
  private double leave(Gateway gateway) throws IOException, Unavailable {
    long before = mock.stats().aborted();
    long left;
    try (Socket socket = open(gateway.url(), model, "\"stream\":true", "keep-alive")) {
      InputStream in = socket.getInputStream();
      for (int marks = 0, b; marks < 4 && (b = in.read()) >= 0; ) {
        marks += b == '@' ? 1 : 0;
      }
      left = System.nanoTime();
    }
    while (System.nanoTime() - left < NOTICE_LIMIT.toNanos()) {
      Mock.Stats stats = mock.stats();
      if (stats.aborted() > before) {
        return (stats.lastAbortNanos() - left) / 1e6;
      }
      Workshop.pause(Duration.ofMillis(2));
    }
    return Double.NaN;
  }

  /** Asks on a connection of its own and reads until that ends. */
  private static String ask(URI url, String model, String more) throws IOException {
    try (Socket socket = open(url, model, more, "close")) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Socket open(URI url, String model, String more, String connection)
      throws IOException {
    byte[] body =
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello.\"}],%s}"
            .formatted(model, more)
            .getBytes(StandardCharsets.UTF_8);
    String head =
        """
        POST /v1/chat/completions HTTP/1.1\r
        Host: %s\r
        Content-Type: application/json\r
        Content-Length: %d\r
        Connection: %s\r
        \r
        """
            .formatted(url.getAuthority(), body.length, connection);
    var socket = new Socket(InetAddress.getLoopbackAddress(), url.getPort());
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(READ_LIMIT_MILLIS);
      socket.getOutputStream().write(concat(head.getBytes(StandardCharsets.US_ASCII), body));
      return socket;
    } catch (IOException refused) {
      socket.close();
      throw refused;
    }
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] all = new byte[a.length + b.length];
    System.arraycopy(a, 0, all, 0, a.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  /** For a person, one sentence a finding. */
  static List<String> sentences(Report report) {
    Spread leaving = report.leavingMillis();
    return List.of(
        report.retryAfter() ? "429 with Retry-After comes through" : "429 loses its Retry-After",
        report.deathIsVisible()
            ? "a dead stream is seen: " + report.death()
            : "a dead stream looks whole to the client",
        leaving == null
            ? "a leaving client is not noticed by the model server"
            : "%d of %d leaving clients noticed, median %.1f ms, slowest %.1f ms"
                .formatted(leaving.rounds(), report.left(), leaving.median(), leaving.max()));
  }
}
