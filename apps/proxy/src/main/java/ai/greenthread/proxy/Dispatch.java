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
import ai.greenthread.http.relay.UpstreamAddress;
import ai.greenthread.http.relay.UpstreamErrors;
import ai.greenthread.http.relay.UpstreamException;
import ai.greenthread.http.relay.UpstreamFailure;
import ai.greenthread.http.relay.UpstreamLimits;
import ai.greenthread.http.relay.UpstreamPool;
import ai.greenthread.http.relay.UpstreamRequest;
import ai.greenthread.http.server.Endpoint;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.proxy.ReplicaDirectory.Route;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Passes one inference request to a replica of the model it names. */
final class Dispatch implements Endpoint, AutoCloseable {
  private final ReplicaDirectory directory;
  private final UpstreamLimits limits;
  private final RelayObserver observer;
  private final Map<URI, UpstreamPool> pools = new ConcurrentHashMap<>();

  Dispatch(ReplicaDirectory directory, UpstreamLimits limits, RelayObserver observer) {
    this.directory = directory;
    this.limits = limits;
    this.observer = observer;
  }

  @Override
  public void handle(Exchange exchange) throws ClientGoneException {
    byte[] body = exchange.body();
    String model = model(exchange, body);
    List<Route> routes = ReplicaChoice.order(directory.routes(model));
    if (routes.isEmpty()) {
      throw ModelList.unknown(model, directory.models());
    }
    UpstreamRequest request = exchange.forward(body);

    for (int tried = 0; tried < routes.size(); tried++) {
      RelayOutcome outcome =
          Relay.relay(
              pool(routes.get(tried).sidecar()),
              request,
              exchange.answer(),
              observer,
              exchange.cancellation());
      if (!(outcome instanceof RelayOutcome.NotAnswered unanswered)) {
        return;
      }
      boolean mayTryNext = wasNotSent(unanswered.failure()) && tried + 1 < routes.size();
      if (!mayTryNext) {
        exchange.fail(UpstreamErrors.of(unanswered.failure(), exchange.cancellation()));
        return;
      }
    }
  }

  /** Only a request that reached nobody may be sent to somebody else. */
  private static boolean wasNotSent(UpstreamException failure) {
    return failure.failure() == UpstreamFailure.UNREACHABLE
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

  private UpstreamPool pool(URI sidecar) {
    UpstreamPool pool = pools.get(sidecar);
    return pool != null
        ? pool
        : pools.computeIfAbsent(sidecar, uri -> new UpstreamPool(UpstreamAddress.of(uri), limits));
  }

  @Override
  public void close() {
    pools.values().forEach(UpstreamPool::close);
  }
}
