package ai.greenthread.http.relay;

import ai.greenthread.http.openai.ApiError;
import java.util.function.BooleanSupplier;

/**
 * Passes one request to an upstream and its answer to the client, byte for byte, as it arrives.
 * Stateless; one call per request, on the request's own virtual thread.
 */
public final class Relay {
  private Relay() {}

  /**
   * Relays one exchange. Returns when it is over; the upstream's connection is then back in its
   * pool or closed. Only {@link RelayOutcome.NotAnswered} leaves the client without an answer: the
   * caller may try elsewhere or {@link Answer#fail}.
   */
  public static RelayOutcome relay(
      UpstreamPool pool,
      UpstreamRequest request,
      Answer answer,
      RelayObserver observer,
      Cancellation cancellation) {
    return relay(pool, request, answer, observer, cancellation, () -> false);
  }

  /**
   * As above, but a refusal of the upstream that says that the request went nowhere ({@code 503}
   * with {@code x-should-retry: true}) need not be the answer.
   *
   * @param elsewhere whether the caller has somewhere else to send the request to; asked only at
   *     such a refusal, which is {@link UpstreamFailure#DECLINED} then
   */
  public static RelayOutcome relay(
      UpstreamPool pool,
      UpstreamRequest request,
      Answer answer,
      RelayObserver observer,
      Cancellation cancellation,
      BooleanSupplier elsewhere) {
    RelayOutcome outcome = exchange(pool, request, answer, observer, cancellation, elsewhere);
    observer.end(outcome);
    return outcome;
  }

  private static RelayOutcome exchange(
      UpstreamPool pool,
      UpstreamRequest request,
      Answer answer,
      RelayObserver observer,
      Cancellation cancellation,
      BooleanSupplier elsewhere) {
    UpstreamResponse response;
    try {
      response = pool.send(request, cancellation, answer);
    } catch (UpstreamException e) {
      return clientLeft(cancellation)
          ? new RelayOutcome.ClientGone(0)
          : new RelayOutcome.NotAnswered(e);
    }
    try (response) {
      if (isRefusal(response) && elsewhere.getAsBoolean()) {
        return new RelayOutcome.NotAnswered(
            new UpstreamException(
                UpstreamFailure.DECLINED, "the upstream stops and took no request any more"));
      }
      return pass(response, answer, observer, cancellation);
    }
  }

  private static boolean isRefusal(UpstreamResponse response) {
    return response.status() == 503
        && "true".equalsIgnoreCase(response.headers().find("x-should-retry"));
  }

  private static RelayOutcome pass(
      UpstreamResponse response, Answer answer, RelayObserver observer, Cancellation cancellation) {
    long passed = 0;
    try {
      observer.head(response.status(), response.headers());
      answer.begin(response.status(), response.headers(), response.contentLength());
      while (response.read()) {
        observer.bytes(response.buffer(), response.offset(), response.length());
        answer.pass(response.buffer(), response.offset(), response.length());
        passed += response.length();
      }
      answer.end();
      return new RelayOutcome.Completed(response.status(), passed);
    } catch (UpstreamException e) {
      if (clientLeft(cancellation)) {
        return new RelayOutcome.ClientGone(passed);
      }
      return broken(response.status(), e, answer, cancellation, passed);
    } catch (ClientGoneException e) {
      return new RelayOutcome.ClientGone(passed);
    }
  }

  private static RelayOutcome broken(
      int status,
      UpstreamException failure,
      Answer answer,
      Cancellation cancellation,
      long passed) {
    ApiError error = UpstreamErrors.of(failure, cancellation);
    try {
      answer.fail(error);
      return new RelayOutcome.Broken(status, failure, passed);
    } catch (ClientGoneException e) {
      return new RelayOutcome.ClientGone(passed);
    }
  }

  private static boolean clientLeft(Cancellation cancellation) {
    return cancellation.reason().filter(Cancellation.Reason.CLIENT_GONE::equals).isPresent();
  }
}
