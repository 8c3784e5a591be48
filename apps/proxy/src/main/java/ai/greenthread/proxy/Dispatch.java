package ai.greenthread.proxy;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.openai.MultipartPeek;
import ai.greenthread.http.openai.PeekedModel;
import ai.greenthread.http.openai.RequestPeek;
import ai.greenthread.http.relay.Answer;
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
import ai.greenthread.proxy.ProxyMetrics.Ending;
import ai.greenthread.proxy.ReplicaDirectory.Route;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Passes one inference request to a replica of the model it names. While the replicas of that model
 * are being replaced it waits for the new ones; a request that met an old one on its way out and
 * went nowhere is sent to a new one.
 */
final class Dispatch implements Endpoint {
  private static final Duration NO_REPLICA_RETRY = Duration.ofSeconds(5);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

  private final ReplicaDirectory directory;
  private final SidecarPools pools;
  private final ProxyMetrics metrics;
  private final Duration patience;

  /**
   * @param patience how long a request waits at most for replicas that are being replaced
   */
  Dispatch(
      ReplicaDirectory directory, SidecarPools pools, ProxyMetrics metrics, Duration patience) {
    this.directory = directory;
    this.pools = pools;
    this.metrics = metrics;
    this.patience = patience;
  }

  @Override
  public void handle(Exchange exchange) throws ClientGoneException, InterruptedException {
    metrics.entered();
    try {
      dispatch(exchange);
    } finally {
      metrics.left();
    }
  }

  private void dispatch(Exchange exchange) throws ClientGoneException, InterruptedException {
    String label = ProxyMetrics.UNKNOWN;
    try {
      byte[] body = exchange.body();
      String model = model(exchange, body);
      boolean knowsAll = directory.isReady();
      if (directory.routes(model).isEmpty()) {
        throw ModelList.unknown(model, directory, knowsAll);
      }
      label = model;
      relay(exchange, request(exchange, body), model);
    } catch (ApiException e) {
      metrics.of(label).ended(Ending.of(e.error().status()));
      throw e;
    } catch (ClientGoneException e) {
      metrics.of(label).ended(Ending.CANCELLED);
      throw e;
    }
  }

  /**
   * The request as sidecars get it. Comments that keep a waiting stream alive are sent here and not
   * there: after the first nothing could be sent elsewhere any more.
   */
  private static UpstreamRequest request(Exchange exchange, byte[] body) {
    String type = exchange.header("Content-Type").orElse("");
    boolean off =
        exchange.header(Answer.KEEP_ALIVE_HEADER).filter("off"::equalsIgnoreCase).isPresent();
    if (off) {
      return exchange.forward(body);
    }
    exchange
        .answer()
        .keepAlive(
            KEEP_ALIVE,
            () ->
                MultipartPeek.isMultipart(type)
                    ? MultipartPeek.asksForStream(type, body)
                    : RequestPeek.asksForStream(body));
    return exchange.forward(body).withHeader(Answer.KEEP_ALIVE_HEADER, "off");
  }

  private void relay(Exchange exchange, UpstreamRequest request, String model)
      throws ClientGoneException, InterruptedException {
    ProxyMetrics.Series series = metrics.of(model);
    var hold = new Hold(directory, model, patience);
    Optional<UpstreamException> unsent;
    List<Route> routes;
    do {
      hold.await(exchange);
      routes = routes(model);
      unsent = tryAll(exchange, request, ReplicaChoice.order(routes), hold, series);
    } while (unsent.isPresent() && hold.hasOthersThan(routes));
    if (unsent.isPresent()) {
      ApiError error = UpstreamErrors.of(unsent.get(), exchange.cancellation());
      exchange.fail(error);
      series.ended(Ending.of(error.status()));
    }
  }

  private List<Route> routes(String model) {
    List<Route> routes =
        directory.routes(model).orElseThrow(() -> ModelList.unknown(model, directory, true));
    if (routes.isEmpty()) {
      throw noReplica(model);
    }
    return routes;
  }

  private static ApiException noReplica(String model) {
    return new ApiException(
        ApiError.of(
                ErrorCode.NO_REPLICA,
                "the model `"
                    + model
                    + "` has no replica now, because it could not be placed or is scaled to none")
            .withRetryAfter(NO_REPLICA_RETRY));
  }

  /** Answers the last failure if the request reached nobody and nothing has been answered. */
  private Optional<UpstreamException> tryAll(
      Exchange exchange,
      UpstreamRequest request,
      List<Route> routes,
      Hold hold,
      ProxyMetrics.Series series)
      throws ClientGoneException {
    for (int tried = 1; ; tried++) {
      boolean last = tried == routes.size();
      RelayOutcome outcome =
          Relay.relay(
              pools.of(routes.get(tried - 1).sidecar()),
              request,
              exchange.answer(),
              RelayObserver.NONE,
              exchange.cancellation(),
              () -> !last || hold.hasOthersThan(routes));
      switch (outcome) {
        case RelayOutcome.Completed completed -> series.ended(Ending.of(completed.status()));
        case RelayOutcome.Broken _ -> series.ended(Ending.BROKEN);
        case RelayOutcome.ClientGone _ -> series.ended(Ending.CANCELLED);
        case RelayOutcome.NotAnswered(UpstreamException failure) -> {
          if (failedToConnect(failure)) {
            series.connectFailed();
          } else if (failure.failure() != UpstreamFailure.DECLINED) {
            ApiError error = UpstreamErrors.of(failure, exchange.cancellation());
            exchange.fail(error);
            series.ended(Ending.of(error.status()));
            return Optional.empty();
          }
          if (last) {
            return Optional.of(failure);
          }
          series.retried();
          continue;
        }
      }
      return Optional.empty();
    }
  }

  private static boolean failedToConnect(UpstreamException failure) {
    return failure.failure() == UpstreamFailure.REFUSED
        || failure.failure() == UpstreamFailure.UNREACHABLE
        || failure.failure() == UpstreamFailure.NO_CONNECTION
        || failure.failure() == UpstreamFailure.CONNECT_TIMEOUT
        || failure.failure() == UpstreamFailure.TOO_MANY_CONNECTIONS;
  }

  private static String model(Exchange exchange, byte[] body) {
    String type = exchange.header("Content-Type").orElse("");
    PeekedModel peeked =
        MultipartPeek.isMultipart(type) ? MultipartPeek.model(type, body) : RequestPeek.model(body);
    return switch (peeked) {
      case PeekedModel.Named named -> named.model();
      case PeekedModel.Missing() ->
          throw refusal(
              ErrorCode.MISSING_PARAMETER,
              "the request names no model; give the parameter `model`, see GET /v1/models");
      case PeekedModel.NotAName(String found) ->
          throw refusal(
              ErrorCode.INVALID_TYPE, "the parameter `model` must be a string, not " + found);
      case PeekedModel.Malformed(String reason) ->
          throw new ApiException(ErrorCode.INVALID_JSON, "the body cannot be read: " + reason);
    };
  }

  private static ApiException refusal(ErrorCode code, String message) {
    return new ApiException(ApiError.of(code, message).withParam("model"));
  }
}
