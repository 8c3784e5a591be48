package ai.greenthread.http.runtime;

import ai.greenthread.domain.model.HttpStep;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls that the engine makes to an inference server: few, small, each with a time limit. */
final class AdminClient {
  private static final int SHOWN_BODY_CHARS = 300;

  /** Answers of admin APIs are small; the largest are pages of metrics. */
  private static final int MAX_BODY_BYTES = 4 << 20;

  private final HttpClient http;
  private volatile URI base;

  AdminClient(HttpClient http, URI base) {
    this.http = http;
    this.base = base;
  }

  URI base() {
    return base;
  }

  void moveTo(URI next) {
    base = next;
  }

  /**
   * A reply as far as the engine cares.
   *
   * @param status HTTP status
   * @param body text, whole
   */
  record Answer(int status, String body) {
    boolean ok() {
      return status / 100 == 2;
    }
  }

  /** Empty when nobody answers at all. */
  Optional<Answer> tryGet(String path, Duration limit) throws InterruptedException {
    try {
      return Optional.of(send(HttpStep.Method.GET, path, "", limit));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** One look that never wakes the server. */
  Health health(String path, Duration limit) throws InterruptedException {
    try {
      Answer answer = send(HttpStep.Method.GET, path, "", limit);
      return answer.ok() ? new Health.Alive() : new Health.Dead(refusal("GET", path, answer));
    } catch (HttpTimeoutException e) {
      return new Health.Silent("the server does not answer " + path + " at " + base);
    } catch (IOException e) {
      return new Health.Dead("no server answers at " + base);
    }
  }

  Answer get(String path, Duration limit) throws RuntimeFailure, InterruptedException {
    return call(HttpStep.Method.GET, path, "", limit);
  }

  Answer post(String path, String body, Duration limit)
      throws RuntimeFailure, InterruptedException {
    return call(HttpStep.Method.POST, path, body, limit);
  }

  /** Fails unless the server says 2xx. */
  void command(String path, String body, Duration limit)
      throws RuntimeFailure, InterruptedException {
    Answer answer = post(path, body, limit);
    if (!answer.ok()) {
      throw new RuntimeFailure(refusal("POST", path, answer));
    }
  }

  /** One step of a generic server, with its retries as long as there is time for them. */
  void step(HttpStep step, Deadline deadline) throws RuntimeFailure, InterruptedException {
    for (int attempt = 0; ; attempt++) {
      try {
        Answer answer =
            call(step.method(), step.path(), step.body(), deadline.left(step.timeout()));
        if (answer.status() == step.expectStatus()) {
          return;
        }
        if (attempt >= step.retries() || deadline.passed()) {
          throw new RuntimeFailure(
              refusal(step.method().wireName(), step.path(), answer)
                  + ", expected "
                  + step.expectStatus());
        }
      } catch (RuntimeFailure e) {
        if (attempt >= step.retries() || deadline.passed()) {
          throw e;
        }
      }
      Thread.sleep(100);
    }
  }

  private Answer call(HttpStep.Method method, String path, String body, Duration limit)
      throws RuntimeFailure, InterruptedException {
    try {
      return send(method, path, body, limit);
    } catch (ConnectException e) {
      throw new RuntimeFailure(
          method.wireName() + " " + path + " got no answer: nothing listens at " + base, e);
    } catch (IOException e) {
      String why = Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
      throw new RuntimeFailure(method.wireName() + " " + path + " got no answer: " + why, e);
    }
  }

  private Answer send(HttpStep.Method method, String path, String body, Duration limit)
      throws IOException, InterruptedException {
    Duration atLeast = limit.toMillis() < 1 ? Duration.ofMillis(1) : limit;
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(atLeast);
    if (body.isEmpty()) {
      request.method(method.wireName(), BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method.wireName(), BodyPublishers.ofString(body));
    }
    // The client's own time limit ends with the head of the answer; this one holds to its end.
    CompletableFuture<HttpResponse<String>> reply =
        http.sendAsync(
            request.build(), BodyHandlers.limiting(BodyHandlers.ofString(), MAX_BODY_BYTES));
    try {
      HttpResponse<String> response = reply.get(atLeast.toNanos(), TimeUnit.NANOSECONDS);
      return new Answer(response.statusCode(), response.body());
    } catch (TimeoutException e) {
      var timeout = new HttpTimeoutException("not within " + atLeast.toMillis() + " ms");
      timeout.initCause(e);
      throw timeout;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw cause instanceof IOException failure ? failure : new IOException(cause);
    } finally {
      reply.cancel(true);
    }
  }

  static String refusal(String method, String path, Answer answer) {
    String said = answer.body().strip();
    String shown =
        said.length() > SHOWN_BODY_CHARS ? said.substring(0, SHOWN_BODY_CHARS) + "…" : said;
    return method
        + " "
        + path
        + " answered "
        + answer.status()
        + (shown.isEmpty() ? "" : ": " + shown);
  }
}
