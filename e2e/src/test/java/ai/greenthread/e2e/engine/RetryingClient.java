package ai.greenthread.e2e.engine;

import ai.greenthread.e2e.history.ClientHistory;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Asks as OpenAI's SDK does: a connection error, 408, 409, 429 and 5xx are tried again twice, after
 * as long as the answer says or else half a second and twice that; a stream that has begun is not.
 * Every try is a request of its own with an id of its own, and all that comes of it is written to
 * the history. A try that nothing comes of for two minutes has no end there.
 */
final class RetryingClient {
  private static final int RETRIES = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LONGEST_ADVICE = Duration.ofMinutes(1);
  private static final double FIRST_PAUSE = 0.5;
  private static final double LONGEST_PAUSE = 8;
  private static final String COMPLETION = "chatcmpl-";
  private static final String DATA = "data: ";
  private static final String DONE = "data: [DONE]";

  private final HttpClient http;
  private final URI target;
  private final ClientHistory history;
  private final AtomicLong numbers;
  private final RandomGenerator random;

  /**
   * @param numbers of requests, shared by all clients
   */
  RetryingClient(
      HttpClient http,
      URI target,
      ClientHistory history,
      AtomicLong numbers,
      RandomGenerator random) {
    this.http = http;
    this.target = target;
    this.history = history;
    this.numbers = numbers;
    this.random = random;
  }

  /** How one try ended; {@code again} is when the SDK would try once more. */
  private record Try(boolean answered, Optional<Duration> again) {
    static final Try ANSWERED = new Try(true, Optional.empty());
    static final Try OVER = new Try(false, Optional.empty());
  }

  /** Asks the question once, with all its tries; true if it was answered. */
  boolean ask(String model, boolean stream) throws InterruptedException {
    for (int tries = 0; ; tries++) {
      double pause = Math.min(FIRST_PAUSE * (1 << tries), LONGEST_PAUSE);
      Duration usual = Duration.ofMillis((long) (pause * 1_000 * (1 - random.nextDouble() / 4)));
      Try one = tryOnce("h-" + numbers.incrementAndGet(), model, stream, usual);
      if (one.again().isEmpty() || tries == RETRIES) {
        return one.answered();
      }
      Thread.sleep(one.again().get());
    }
  }

  private Try tryOnce(String id, String model, boolean stream, Duration usual)
      throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(target.resolve("/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .header("x-request-id", id)
            .timeout(PATIENCE)
            .POST(BodyPublishers.ofString(Engine.chatBody(model, Engine.QUESTION, stream)))
            .build();
    history.sent(id, "greenthread/" + model);
    try {
      HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          return refused(id, response.statusCode(), response.headers(), body, usual);
        }
        return stream ? streamed(id, body) : whole(id, body);
      }
    } catch (HttpTimeoutException e) {
      return Try.OVER;
    } catch (ConnectException e) {
      history.unreached(id, String.valueOf(e));
      return new Try(false, Optional.of(usual));
    } catch (IOException e) {
      history.cut(id, String.valueOf(e));
      return new Try(false, Optional.of(usual));
    }
  }

  private Try whole(String id, InputStream body) throws IOException {
    history.firstByte(id);
    JsonNode answer = Engine.JSON.readTree(body.readAllBytes());
    String text = answer.path("choices").path(0).path("message").path("content").asText();
    answered(id, answer, text);
    return Try.ANSWERED;
  }

  /** Not tried again, whatever comes: its reader may have shown the beginning to somebody. */
  private Try streamed(String id, InputStream body) {
    var text = new StringBuilder();
    Optional<JsonNode> last = Optional.empty();
    boolean done = false;
    try (var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith(DATA)) {
          continue;
        }
        if (line.equals(DONE)) {
          done = true;
          continue;
        }
        JsonNode event = Engine.JSON.readTree(line.substring(DATA.length()));
        if (event.has("error")) {
          String code = event.path("error").path("code").asText();
          if (last.isPresent()) {
            history.cut(id, code);
          } else {
            history.refused(id, 200, code);
          }
          return Try.OVER;
        }
        if (last.isEmpty()) {
          history.firstByte(id);
        }
        last = Optional.of(event);
        text.append(event.path("choices").path(0).path("delta").path("content").asText(""));
      }
    } catch (IOException e) {
      history.cut(id, String.valueOf(e));
      return Try.OVER;
    }
    if (done && last.filter(RetryingClient::isEnd).isPresent()) {
      answered(id, last.get(), text.toString());
      return Try.ANSWERED;
    }
    history.cut(id, "the stream ended without its last event");
    return Try.OVER;
  }

  private static boolean isEnd(JsonNode event) {
    return event.path("choices").path(0).path("finish_reason").isTextual();
  }

  private void answered(String id, JsonNode answer, String text) {
    String of = answer.path("id").asText();
    history.answered(
        id,
        of.startsWith(COMPLETION) ? of.substring(COMPLETION.length()) : of,
        answer.path("model").asText(),
        digest(text));
  }

  private static String digest(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private Try refused(String id, int status, HttpHeaders headers, InputStream body, Duration usual)
      throws IOException {
    String code = Engine.JSON.readTree(body.readAllBytes()).path("error").path("code").asText();
    history.refused(id, status, code);
    boolean again =
        headers
            .firstValue("x-should-retry")
            .map("true"::equals)
            .orElse(status == 408 || status == 409 || status == 429 || status >= 500);
    Optional<Duration> advice =
        headers
            .firstValue("retry-after-ms")
            .map(Long::parseLong)
            .map(Duration::ofMillis)
            .filter(wait -> wait.compareTo(LONGEST_ADVICE) <= 0);
    return again ? new Try(false, Optional.of(advice.orElse(usual))) : Try.OVER;
  }
}
