package ai.greenthread.http.sidecar;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.openai.MultipartPeek;
import ai.greenthread.http.openai.PeekedModel;
import ai.greenthread.http.openai.RequestPeek;
import ai.greenthread.http.relay.Answer;
import ai.greenthread.http.relay.Cancellation;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.Relay;
import ai.greenthread.http.relay.RelayObserver;
import ai.greenthread.http.relay.RelayOutcome;
import ai.greenthread.http.relay.UpstreamErrors;
import ai.greenthread.http.relay.UpstreamException;
import ai.greenthread.http.relay.UpstreamFailure;
import ai.greenthread.http.relay.UpstreamRequest;
import ai.greenthread.http.server.Endpoint;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.http.sidecar.ParkedRequest.Verdict;
import ai.greenthread.scheduling.gate.Pass;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.Entry;
import ai.greenthread.scheduling.sidecar.Sidecar;
import java.time.Duration;
import java.util.Optional;

/**
 * An inference request, from the door through the gate to the runtime and back. What is wrong with
 * the request itself is said before it can wake anything.
 */
final class InferenceEndpoint implements Endpoint {
  /**
   * A runtime that just ended refuses connections before its end is known; such a request reached
   * nobody and goes back to the gate so many times.
   */
  private static final int REPARKS = 20;

  private static final Duration REPARK_PAUSE = Duration.ofMillis(50);

  private final String modelName;
  private final boolean otherNames;
  private final Duration keepAlive;
  private final Sidecar sidecar;
  private final RuntimePools pools;
  private final RequestLog log;

  /**
   * @param otherNames the runtime knows further names, such as adapters
   * @param keepAlive silence after which a waiting stream gets a comment
   */
  InferenceEndpoint(
      String modelName,
      boolean otherNames,
      Duration keepAlive,
      Sidecar sidecar,
      RuntimePools pools,
      RequestLog log) {
    this.modelName = modelName;
    this.otherNames = otherNames;
    this.keepAlive = keepAlive;
    this.sidecar = sidecar;
    this.pools = pools;
    this.log = log;
  }

  @Override
  public void handle(Exchange exchange) throws ClientGoneException, InterruptedException {
    byte[] body = exchange.body();
    RequestLog.Request told = log.received(exchange);
    try {
      check(exchange, body);
    } catch (ApiException e) {
      told.rejected(e.error());
      throw e;
    }
    UpstreamRequest request = exchange.forward(body);
    for (int attempt = 0; ; attempt++) {
      Optional<Pass> pass = enter(exchange, told);
      if (pass.isEmpty()) {
        return;
      }
      Optional<ApiError> unsent = forward(exchange, request, pass.get(), told);
      if (unsent.isEmpty()) {
        return;
      }
      told.returned(unsent.get());
      if (attempt >= REPARKS) {
        told.unanswered(unsent.get());
        exchange.fail(unsent.get());
        return;
      }
      Thread.sleep(REPARK_PAUSE);
    }
  }

  private void check(Exchange exchange, byte[] body) {
    String type = exchange.header("Content-Type").orElse("");
    boolean multipart = MultipartPeek.isMultipart(type);
    PeekedModel peeked = multipart ? MultipartPeek.model(type, body) : RequestPeek.model(body);
    switch (peeked) {
      case PeekedModel.Malformed(String reason) ->
          throw new ApiException(ErrorCode.INVALID_JSON, "the body cannot be read: " + reason);
      case PeekedModel.NotAName(String found) ->
          throw new ApiException(
              ApiError.of(
                      ErrorCode.INVALID_TYPE,
                      "the parameter `model` must be a string, not " + found)
                  .withParam("model"));
      case PeekedModel.Named(String name) when !otherNames && !name.equals(modelName) ->
          throw new ApiException(
              ApiError.of(
                      ErrorCode.MODEL_NOT_FOUND,
                      "this is the sidecar of `" + modelName + "`; it serves no other model")
                  .withParam("model"));
      case PeekedModel.Named _, PeekedModel.Missing _ -> {}
    }
    boolean off =
        exchange.header(Answer.KEEP_ALIVE_HEADER).filter("off"::equalsIgnoreCase).isPresent();
    if (!off) {
      exchange
          .answer()
          .keepAlive(
              keepAlive,
              () ->
                  multipart
                      ? MultipartPeek.asksForStream(type, body)
                      : RequestPeek.asksForStream(body));
    }
  }

  /** Passes the gate; empty when the request has been answered otherwise or its client left. */
  private Optional<Pass> enter(Exchange exchange, RequestLog.Request told)
      throws ClientGoneException, InterruptedException {
    var parked = new ParkedRequest();
    return switch (sidecar.enter(parked)) {
      case Entry.Passed(Pass pass) -> Optional.of(pass);
      case Entry.Refused(Refusal refusal) -> refuse(exchange, refusal, told);
      case Entry.Parked place -> {
        told.parked();
        yield await(exchange, parked, place, told);
      }
    };
  }

  private Optional<Pass> await(
      Exchange exchange, ParkedRequest parked, Entry.Parked place, RequestLog.Request told)
      throws ClientGoneException, InterruptedException {
    Verdict verdict = parked.await(exchange.answer(), exchange.cancellation(), place::leave);
    told.waited();
    return switch (verdict) {
      case Verdict.Granted(Pass pass) -> Optional.of(pass);
      case Verdict.Denied(Refusal refusal) -> refuse(exchange, refusal, told);
      case Verdict.GivenUp() -> {
        told.givenUp();
        Optional<Cancellation.Reason> reason = exchange.cancellation().reason();
        if (reason.isPresent() && reason.get() != Cancellation.Reason.CLIENT_GONE) {
          exchange.fail(UpstreamErrors.of(reason.get()));
        }
        yield Optional.empty();
      }
    };
  }

  private static Optional<Pass> refuse(Exchange exchange, Refusal refusal, RequestLog.Request told)
      throws ClientGoneException {
    ApiError error = RefusalErrors.of(refusal);
    told.refused(refusal, error);
    exchange.fail(error);
    return Optional.empty();
  }

  /**
   * Answers the failure if the request reached nobody and nothing has been answered. A cut ends
   * this attempt only, so that what was not sent yet can wait for the next wake.
   */
  private Optional<ApiError> forward(
      Exchange exchange, UpstreamRequest request, Pass pass, RequestLog.Request told)
      throws ClientGoneException {
    var attempt = new Cancellation();
    Cancellation whole = exchange.cancellation();
    try (pass) {
      whole.bind(() -> whole.reason().ifPresent(attempt::cancel));
      pass.onCut(() -> {
        attempt.cancel(whyCut());
        exchange.closeIfStuck();
      });
      told.forwarded(pass.generation());
      RelayOutcome outcome =
          Relay.relay(pools.current(), request, exchange.answer(), RelayObserver.NONE, attempt);
      switch (outcome) {
        case RelayOutcome.Completed completed -> told.completed(completed);
        case RelayOutcome.Broken broken -> told.broken(broken.status(), broken.failure());
        case RelayOutcome.ClientGone _ -> {
          whole.cancel(Cancellation.Reason.CLIENT_GONE);
          told.givenUp();
        }
        case RelayOutcome.NotAnswered(UpstreamException failure) -> {
          ApiError error = UpstreamErrors.of(failure, attempt);
          if (failure.failure() == UpstreamFailure.REFUSED) {
            reportRefusal(pass);
            return Optional.of(error);
          }
          if (failure.failure() == UpstreamFailure.CANCELLED_UNSENT && !whole.isCancelled()) {
            return Optional.of(error);
          }
          told.unanswered(error);
          exchange.fail(error);
        }
      }
      return Optional.empty();
    } finally {
      whole.unbind();
    }
  }

  /**
   * Who refuses connections does not serve, whatever its process says; others need not find out.
   */
  private void reportRefusal(Pass pass) {
    if (sidecar.status().state() instanceof State.Serving serving
        && serving.generation() == pass.generation()) {
      sidecar.runtimeDied("the server refuses connections");
    }
  }

  private Cancellation.Reason whyCut() {
    if (!(sidecar.status().state() instanceof State.Deactivating leaving)) {
      return Cancellation.Reason.UPSTREAM_DIED;
    }
    return switch (leaving.cause()) {
      case IDLE, PREEMPTED, MANUAL, BOOTED, UNLISTED, ABANDONED ->
          Cancellation.Reason.DRAIN_DEADLINE;
      case SHUTDOWN -> Cancellation.Reason.SHUTTING_DOWN;
      case FAILURE -> Cancellation.Reason.UPSTREAM_DIED;
    };
  }
}
