package ai.greenthread.http.server;

import ai.greenthread.http.openai.RequestIds;
import ai.greenthread.http.relay.Cancellation;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A running HTTP/1.1 server: one virtual thread a connection. A server that listens on loopback
 * answers only to loopback names and those its settings allow, and refuses what other origins want
 * to change.
 */
public final class HttpServer implements AutoCloseable {
  /** Between two looks for stalled clients: a part of their time limit, but at most so long. */
  private static final Duration MAX_LOOK_PAUSE = Duration.ofSeconds(5);

  /** For those that were told to end at the drain's deadline. */
  private static final Duration CUT_GRACE = Duration.ofSeconds(2);

  private final ServerSettings settings;
  private final ClientConnections connections;
  private final WebServer server;
  private final URI uri;
  private final Thread stallWatch;

  private HttpServer(
      ServerSettings settings, ClientConnections connections, WebServer server, String scheme) {
    this.settings = settings;
    this.connections = connections;
    this.server = server;
    String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
    this.uri = URI.create(scheme + "://" + host + ":" + server.port());
    this.stallWatch = Thread.ofVirtual().name("stalled clients").start(this::watchStalled);
  }

  /**
   * Starts to listen.
   *
   * @param random for request ids
   * @throws java.io.UncheckedIOException if the port is taken
   */
  public static HttpServer start(ServerSettings settings, Routes routes, RandomGenerator random) {
    return start(settings, routes, random, Optional.empty());
  }

  /**
   * The same over TLS: 1.3 or 1.2, HTTP/1.1 only.
   *
   * @param identity what clients are shown; may be replaced while the server runs
   */
  public static HttpServer startTls(
      ServerSettings settings, Routes routes, RandomGenerator random, ServerIdentity identity) {
    return start(settings, routes, random, Optional.of(identity));
  }

  private static HttpServer start(
      ServerSettings settings,
      Routes routes,
      RandomGenerator random,
      Optional<ServerIdentity> identity) {
    RequestIds requestIds = new RequestIds(random);
    Dispatcher dispatcher =
        new Dispatcher(routes, requestIds, isLoopbackAddress(settings.host()), settings);
    Http1Config http1 =
        Http1Config.builder()
            .maxHeadersSize(settings.maxHeaderBytes())
            .maxPrologueLength(settings.maxRequestLineBytes())
            .build();
    ClientConnections connections =
        new ClientConnections(Http1ConnectionSelector.builder().config(http1).build(), dispatcher);
    WebServerConfig.Builder server =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            .protocolsDiscoverServices(false)
            .featuresDiscoverServices(false)
            .addConnectionSelector(connections)
            // Helidon's message is looked at, never passed on.
            .errorHandling(errors -> errors.includeEntity(true))
            .directHandlers(new Problems(requestIds, settings).handlers())
            .connectionOptions(options -> options.tcpNoDelay(true))
            // Stream sockets write an array as it is; channels copy it in pieces of 8 KiB first.
            .useNio(false)
            .maxTcpConnections(settings.maxConnections())
            .idleConnectionTimeout(settings.idleTimeout())
            .shutdownGracePeriod(settings.drainTimeout().plus(CUT_GRACE))
            .shutdownHook(false);
    identity.ifPresent(shown -> server.tls(Tls.builder().sslContext(shown.context()).build()));
    return new HttpServer(
        settings, connections, server.build().start(), identity.isPresent() ? "https" : "http");
  }

  private static boolean isLoopbackAddress(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no such address to listen on: " + host, e);
    }
  }

  public int port() {
    return server.port();
  }

  /** {@code http://host:port}, with {@code https} over TLS. */
  public URI uri() {
    return uri;
  }

  /**
   * Stops: listens no more, lets requests in flight end, and after the drain timeout ends each that
   * is left with an error its client can tell from a complete answer. Returns when it is done.
   */
  public void stop() {
    connections.drain();
    Thread deadline = Thread.ofVirtual().name("drain deadline").start(this::cutAfterDrain);
    server.stop();
    deadline.interrupt();
    stallWatch.interrupt();
  }

  /** A look from time to time costs less than a timer for every write. */
  private void watchStalled() {
    Duration part = settings.writeTimeout().dividedBy(8);
    Duration pause = part.compareTo(MAX_LOOK_PAUSE) < 0 ? part : MAX_LOOK_PAUSE;
    try {
      while (true) {
        Thread.sleep(pause);
        connections.closeStalled(settings.writeTimeout());
      }
    } catch (InterruptedException e) {
      return;
    }
  }

  private void cutAfterDrain() {
    try {
      Thread.sleep(settings.drainTimeout());
    } catch (InterruptedException e) {
      return;
    }
    connections.cancelAll(Cancellation.Reason.SHUTTING_DOWN);
  }

  @Override
  public void close() {
    stop();
  }
}
