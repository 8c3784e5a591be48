package ai.greenthread.proxy;

import ai.greenthread.http.openai.InferencePaths;
import ai.greenthread.http.relay.RelayObserver;
import ai.greenthread.http.relay.UpstreamLimits;
import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.server.ServerSettings;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/** A running lc-proxy. */
public final class LcProxy implements AutoCloseable {
  private static final byte[] HEALTHY = "{\"status\":\"healthy\"}".getBytes(StandardCharsets.UTF_8);

  private final HttpServer server;
  private final Dispatch dispatch;

  private LcProxy(HttpServer server, Dispatch dispatch) {
    this.server = server;
    this.dispatch = dispatch;
  }

  /**
   * Starts to listen.
   *
   * @param random for request ids
   * @throws java.io.UncheckedIOException if the port is taken
   */
  public static LcProxy start(
      ServerSettings settings, ReplicaDirectory directory, RandomGenerator random) {
    var dispatch = new Dispatch(directory, UpstreamLimits.DEFAULT, RelayObserver.NONE);
    var models = new ModelList(directory);
    Routes.Builder routes =
        Routes.builder()
            .get("/health", exchange -> exchange.respondJson(200, HEALTHY))
            .get(ModelList.PATH, models::list)
            .onPrefix("GET", ModelList.PATH + "/", models::one);
    InferencePaths.ALL.forEach(path -> routes.post(path, dispatch));
    return new LcProxy(HttpServer.start(settings, routes.build(), random), dispatch);
  }

  public URI uri() {
    return server.uri();
  }

  /** Listens no more; requests in flight end, or are ended at the drain deadline. */
  @Override
  public void close() {
    server.stop();
    dispatch.close();
  }
}
