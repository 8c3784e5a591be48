package ai.greenthread.proxy;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.Cancellation;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.UpstreamErrors;
import ai.greenthread.http.relay.Waiting;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.proxy.ReplicaDirectory.Route;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** One request's patience with replicas that are being replaced. */
final class Hold {
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final ReplicaDirectory directory;
  private final String model;
  private final long end;

  Hold(ReplicaDirectory directory, String model, Duration patience) {
    this.directory = directory;
    this.model = model;
    this.end = System.nanoTime() + patience.toNanos();
  }

  /**
   * Waits until no replica is being replaced.
   *
   * @throws ApiException when time is up first, or the server stops
   */
  void await(Exchange exchange) throws ClientGoneException, InterruptedException {
    CompletableFuture<Boolean> settled = directory.settled(model);
    if (settled.isDone()) {
      return;
    }
    CompletableFuture<Boolean> decided = settled.copy();
    decided.completeOnTimeout(false, Math.max(0, left()), TimeUnit.NANOSECONDS);
    Cancellation cancellation = exchange.cancellation();
    cancellation.bind(() -> decided.complete(false));
    boolean inTime;
    try {
      inTime = Waiting.await(decided, exchange.answer());
    } finally {
      cancellation.unbind();
    }
    if (!inTime) {
      throw whyNot(cancellation);
    }
  }

  private ApiException whyNot(Cancellation cancellation) throws ClientGoneException {
    Optional<Cancellation.Reason> reason = cancellation.reason();
    if (reason.isEmpty()) {
      return new ApiException(
          ApiError.of(
                  ErrorCode.NO_REPLICA,
                  "the replicas of the model `" + model + "` are still being replaced")
              .withRetryAfter(RETRY));
    }
    if (reason.get() == Cancellation.Reason.CLIENT_GONE) {
      throw new ClientGoneException("the client left while it waited for a replica");
    }
    return new ApiException(UpstreamErrors.of(reason.get()));
  }

  /** Whether there are other replicas than these, or will be soon; false when time is up. */
  boolean hasOthersThan(List<Route> tried) {
    return left() > 0
        && (!directory.settled(model).isDone()
            || !sidecars(directory.routes(model).orElse(List.of())).equals(sidecars(tried)));
  }

  private static Set<URI> sidecars(List<Route> routes) {
    return routes.stream().map(Route::sidecar).collect(Collectors.toUnmodifiableSet());
  }

  private long left() {
    return end - System.nanoTime();
  }
}
