package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.http.Exchange;
import ai.greenthread.runtimes.http.HttpRequest;
import ai.greenthread.runtimes.surface.ApiError;
import ai.greenthread.runtimes.surface.ErrorShape;
import ai.greenthread.runtimes.surface.Json;
import ai.greenthread.runtimes.surface.Replies;
import ai.greenthread.runtimes.surface.VllmSurface;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * Stands before the routes: the key, development mode, and the faults that show before an answer
 * begins.
 */
final class SimulatorGate implements VllmSurface.Gate {
  private static final Set<String> DEV_ROUTES =
      Set.of("/sleep", "/wake_up", "/is_sleeping", "/collective_rpc", "/reset_prefix_cache");

  private final Supplier<SimulatorConfig> config;
  private final FaultPicker faults;

  SimulatorGate(Supplier<SimulatorConfig> config, FaultPicker faults) {
    this.config = config;
    this.faults = faults;
  }

  @Override
  public ErrorShape errorShape() {
    return config.get().get(Knobs.ERROR_SHAPE);
  }

  @Override
  public boolean admit(Exchange exchange) throws IOException, InterruptedException {
    HttpRequest request = exchange.request();
    if (DEV_ROUTES.contains(request.path()) && !config.get().get(Knobs.DEV_MODE)) {
      throw ApiError.of(404, "Not Found");
    }
    if (!request.path().startsWith("/v1/")) {
      return true;
    }
    String key = config.get().get(Knobs.API_KEY);
    if (!key.isEmpty() && !request.header("authorization").equals(Optional.of("Bearer " + key))) {
      return unauthorized(exchange);
    }
    if (!request.method().equals("POST")) {
      return true;
    }
    Optional<Fault> fault = pick(request);
    return fault.isEmpty() || meets(exchange, fault.get());
  }

  private Optional<Fault> pick(HttpRequest request) {
    try {
      return faults.pick(request, kind -> !kind.whileWriting());
    } catch (IllegalArgumentException e) {
      throw ApiError.badRequest(FaultPicker.HEADER + ": " + e.getMessage(), FaultPicker.HEADER);
    }
  }

  private boolean meets(Exchange exchange, Fault fault) throws IOException, InterruptedException {
    switch (fault.kind()) {
      case BAD_REQUEST -> throw ApiError.badRequest("Bad request (simulated).", "body");
      case CONTEXT -> {
        int length = config.get().get(Knobs.MAX_MODEL_LEN);
        throw ApiError.badRequest(
            "This model's maximum context length is %d tokens. However, you requested 0 output tokens and your prompt contains %d input tokens, for a total of %d tokens. Please reduce the length of the input prompt or the number of requested output tokens."
                .formatted(length, length + 1, length + 1),
            "input_tokens");
      }
      case UNAUTHORIZED -> {
        return unauthorized(exchange);
      }
      case MODEL_MISSING ->
          throw new ApiError(
              404, "The model `simulated-missing` does not exist.", Optional.of("model"));
      case RATE_LIMIT -> throw ApiError.of(429, "Too many requests (simulated).");
      case INTERNAL -> throw ApiError.of(500, "Internal server error (simulated).");
      case UNAVAILABLE -> throw ApiError.of(503, "Service unavailable (simulated).");
      case HANG -> {
        CountDownLatch left = new CountDownLatch(1);
        exchange.onLeave(left::countDown);
        left.await();
        return false;
      }
      case RESET -> {
        exchange.cut();
        return false;
      }
      case SLOW -> exchange.pace(Duration.ofMillis(fault.at()));
      case OOM, CUT, ERROR_EVENT, GARBAGE ->
          throw new IllegalStateException(fault + " shows while writing");
    }
    return true;
  }

  private static boolean unauthorized(Exchange exchange) throws IOException {
    Replies.json(exchange, 401, Json.object("error", "Unauthorized"));
    return false;
  }
}
