package ai.greenthread.proxy;

import ai.greenthread.http.openai.InferencePaths;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.UpstreamLimits;
import ai.greenthread.http.server.Exchange;
import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.Routes;
import ai.greenthread.http.server.ServerSettings;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** A running lc-proxy. */
public final class LcProxy implements AutoCloseable {
  private static final byte[] HEALTHY = "{\"status\":\"healthy\"}".getBytes(StandardCharsets.UTF_8);

  /** Longer than the longest drain that is usual, and the end of a server by force. */
  private static final Duration REPLACEMENT_PATIENCE = Duration.ofMinutes(5);

  private static final byte[] READY = "{\"status\":\"ready\"}".getBytes(StandardCharsets.UTF_8);
  private static final byte[] STARTING =
      "{\"status\":\"starting\"}".getBytes(StandardCharsets.UTF_8);

  private final HttpServer server;
  private final SidecarPools pools;

  private LcProxy(HttpServer server, SidecarPools pools) {
    this.server = server;
    this.pools = pools;
  }

  /**
   * Starts to listen.
   *
   * @param random for request ids
   * @throws java.io.UncheckedIOException if the port is taken
   */
  public static LcProxy start(
      ServerSettings settings, ReplicaDirectory directory, RandomGenerator random) {
    return start(settings, directory, random, REPLACEMENT_PATIENCE);
  }

  /**
   * Starts to listen.
   *
   * @param patience how long a request waits at most for replicas that are being replaced
   */
  static LcProxy start(
      ServerSettings settings,
      ReplicaDirectory directory,
      RandomGenerator random,
      Duration patience) {
    var pools = new SidecarPools(UpstreamLimits.DEFAULT, directory::sidecars);
    boolean started = false;
    try {
      var proxy =
          new LcProxy(
              HttpServer.start(settings, routes(directory, pools, patience), random), pools);
      started = true;
      return proxy;
    } finally {
      if (!started) {
        pools.close();
      }
    }
  }

  private static Routes routes(ReplicaDirectory directory, SidecarPools pools, Duration patience) {
    var metrics = new ProxyMetrics();
    var dispatch = new Dispatch(directory, pools, metrics, patience);
    var models = new ModelList(directory);
    Routes.Builder routes =
        Routes.builder()
            .get("/health", exchange -> exchange.respondJson(200, HEALTHY))
            .get("/ready", exchange -> ready(exchange, directory.isReady()))
            .get(
                "/metrics",
                exchange -> exchange.respond(200, metrics.contentType(), metrics.text()))
            .get(ModelList.PATH, models::list)
            .onPrefix("GET", ModelList.PATH + "/", models::one);
    InferencePaths.ALL.forEach(path -> routes.post(path, dispatch));
    return routes.build();
  }

  private static void ready(Exchange exchange, boolean ready) throws ClientGoneException {
    exchange.respondJson(ready ? 200 : 503, ready ? READY : STARTING);
  }

  /** Pools of connections to sidecars now. */
  int pools() {
    return pools.size();
  }

  public URI uri() {
    return server.uri();
  }

  /** Listens no more; requests in flight end, or are ended at the drain deadline. */
  @Override
  public void close() {
    server.stop();
    pools.close();
  }
}
