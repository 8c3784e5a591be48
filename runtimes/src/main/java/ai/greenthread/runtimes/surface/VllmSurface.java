package ai.greenthread.runtimes.surface;

import ai.greenthread.runtimes.http.Exchange;
import ai.greenthread.runtimes.http.HttpHandler;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Routes requests to an engine the way vLLM's server would. A server adds routes of its own, or
 * replaces some, with {@link #route}.
 */
public final class VllmSurface implements HttpHandler {
  private static final Logger LOG = System.getLogger(VllmSurface.class.getName());

  /** Answers one exchange; an {@link ApiError} thrown is answered as such. */
  @FunctionalInterface
  public interface Route {
    void answer(Exchange exchange) throws IOException, InterruptedException;
  }

  /** What stands before every route. */
  public interface Gate {
    /** Lets everything pass, with errors in the current shape. */
    Gate OPEN = new Gate() {};

    /**
     * Looks at a request before its route does.
     *
     * @return false where the gate has answered itself, or wants the connection closed
     * @throws ApiError to refuse
     */
    default boolean admit(Exchange exchange) throws IOException, InterruptedException {
      return true;
    }

    default ErrorShape errorShape() {
      return ErrorShape.NESTED;
    }
  }

  private final Gate gate;
  private final Map<String, Route> routes = new HashMap<>();

  /**
   * @param history gets every request for text
   * @param random for ids of requests that bring none
   */
  public VllmSurface(
      TextEngine engine,
      ServerMetrics metrics,
      RequestHistory history,
      Gate gate,
      InstantSource clock,
      RandomGenerator random) {
    this.gate = gate;
    routes.putAll(
        new InferenceRoutes(engine, metrics, history, gate::errorShape, clock, random).routes());
    Route health = exchange -> Replies.empty(exchange, engine.alive() ? 200 : 503);
    route("GET /health", health);
    route("GET /ping", health);
    route("POST /ping", health);
    route(
        "GET /version",
        exchange -> Replies.json(exchange, 200, Json.object("version", engine.version())));
    route(
        "GET /load",
        exchange -> Replies.json(exchange, 200, Json.object("server_load", metrics.inFlight())));
    route("GET /metrics", exchange -> metricsPage(exchange, metrics.page(0, "awake", false)));
  }

  /** Answers with a metrics page. */
  public static void metricsPage(Exchange exchange, String page) throws IOException {
    Replies.text(exchange, "text/plain; version=0.0.4; charset=utf-8", page);
  }

  /**
   * Sets a route. Not while requests are being answered.
   *
   * @param methodAndPath such as {@code POST /sleep}
   */
  public void route(String methodAndPath, Route route) {
    routes.put(methodAndPath, route);
  }

  @Override
  public void handle(Exchange exchange) throws IOException, InterruptedException {
    String path = exchange.request().path();
    try {
      if (!gate.admit(exchange)) {
        return;
      }
      Route route = routes.get(exchange.request().method() + " " + path);
      if (route == null) {
        throw missing(path);
      }
      route.answer(exchange);
    } catch (ApiError e) {
      error(exchange, e);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "a request failed on " + path, e);
      error(exchange, ApiError.of(500, "Internal server error; the server's log says more."));
    }
  }

  @Override
  public void refuse(Exchange exchange, int status, String message) throws IOException {
    error(exchange, ApiError.of(status, message));
  }

  private ApiError missing(String path) {
    boolean known = routes.keySet().stream().anyMatch(route -> route.endsWith(" " + path));
    return known ? ApiError.of(405, "Method Not Allowed") : ApiError.of(404, "Not Found");
  }

  private void error(Exchange exchange, ApiError error) throws IOException {
    if (exchange.started()) {
      // Half an answer is out; only a broken connection still says that it is not a whole one.
      exchange.cut();
      return;
    }
    Replies.json(exchange, error.status(), error.body(gate.errorShape()));
  }
}
