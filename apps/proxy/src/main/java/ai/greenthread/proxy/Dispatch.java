package ai.greenthread.proxy;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.openai.MultipartPeek;
import ai.greenthread.http.openai.PeekedModel;
import ai.greenthread.http.openai.RequestPeek;
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

/** Passes one inference request to a replica of the model it names. */
final class Dispatch implements Endpoint {
  private static final Duration NO_REPLICA_RETRY = Duration.ofSeconds(5);

  private final ReplicaDirectory directory;
  private final SidecarPools pools;
  private final ProxyMetrics metrics;

  Dispatch(ReplicaDirectory directory, SidecarPools pools, ProxyMetrics metrics) {
    this.directory = directory;
    this.pools = pools;
    this.metrics = metrics;
  }

  @Override
  public void handle(Exchange exchange) throws ClientGoneException {
    metrics.entered();
    try {
      dispatch(exchange);
    } finally {
      metrics.left();
    }
  }

  private void dispatch(Exchange exchange) throws ClientGoneException {
    String label = ProxyMetrics.UNKNOWN;
    try {
      byte[] body = exchange.body();
      String model = model(exchange, body);
      Optional<List<Route>> routes = directory.routes(model);
      if (routes.isEmpty()) {
        throw ModelList.unknown(model, directory.models());
      }
      label = model;
      if (routes.get().isEmpty()) {
        throw noReplica(model);
      }
      relay(exchange, body, ReplicaChoice.order(routes.get()), metrics.of(model));
    } catch (ApiException e) {
      metrics.of(label).ended(Ending.of(e.error().status()));
      throw e;
    } catch (ClientGoneException e) {
      metrics.of(label).ended(Ending.CANCELLED);
      throw e;
    }
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

  private void relay(Exchange exchange, byte[] body, List<Route> routes, ProxyMetrics.Series series)
      throws ClientGoneException {
    UpstreamRequest request = exchange.forward(body);
    for (int tried = 1; ; tried++) {
      RelayOutcome outcome =
          Relay.relay(
              pools.of(routes.get(tried - 1).sidecar()),
              request,
              exchange.answer(),
              RelayObserver.NONE,
              exchange.cancellation());
      switch (outcome) {
        case RelayOutcome.Completed completed -> series.ended(Ending.of(completed.status()));
        case RelayOutcome.Broken _ -> series.ended(Ending.BROKEN);
        case RelayOutcome.ClientGone _ -> series.ended(Ending.CANCELLED);
        case RelayOutcome.NotAnswered(UpstreamException failure) -> {
          boolean unsent = wasNotSent(failure);
          if (unsent) {
            series.connectFailed();
          }
          if (unsent && tried < routes.size()) {
            series.retried();
            continue;
          }
          ApiError error = UpstreamErrors.of(failure, exchange.cancellation());
          exchange.fail(error);
          series.ended(Ending.of(error.status()));
        }
      }
      return;
    }
  }

  /** Only a request that reached nobody may be sent to somebody else. */
  private static boolean wasNotSent(UpstreamException failure) {
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
