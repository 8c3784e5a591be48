package ai.greenthread.http.server;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.openai.RequestIds;
import ai.greenthread.http.relay.Cancellation;
import ai.greenthread.http.relay.ClientGoneException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpSecurity;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Takes every request from Helidon, in place of its routing: guards, finds the endpoint, makes sure
 * that there is exactly one answer, and decides what becomes of the connection.
 */
final class Dispatcher implements HttpRouting {
  private static final System.Logger LOG = System.getLogger(Dispatcher.class.getName());

  /** What a client may still send after an answer that it was not heard out for. */
  private static final long MAX_LINGER_BYTES = 256L * 1024 * 1024;

  private static final HeaderName X_REQUEST_ID = HeaderNames.create("x-request-id");
  private static final Duration MAX_LINGER = Duration.ofSeconds(2);

  private final Routes routes;
  private final RequestIds requestIds;
  private final boolean guarded;
  private final ServerSettings settings;
  private final BodyMemory memory;

  Dispatcher(Routes routes, RequestIds requestIds, boolean guarded, ServerSettings settings) {
    this.routes = routes;
    this.requestIds = requestIds;
    this.guarded = guarded;
    this.settings = settings;
    this.memory = new BodyMemory(settings.bodyMemoryBytes());
  }

  @Override
  public void route(ConnectionContext context, RoutingRequest request, RoutingResponse unused) {
    if (!(context instanceof ClientConnection connection)) {
      throw new IllegalStateException("connections are made by ClientConnections alone");
    }
    ServerRequestHeaders headers = request.headers();
    String requestId = requestIds.orNext(headers.first(X_REQUEST_ID));
    Routes.Place place = routes.place(request.prologue().uriPath().rawPath());
    Exchange exchange =
        new Exchange(connection, request, place.path(), requestId, settings, memory);
    if (connection.isDraining()) {
      exchange.closeConnection();
    }
    connection.begin(exchange.cancellation());
    try {
      answer(place.routes(), exchange, headers);
    } catch (ClientGoneException e) {
      throw new CloseConnectionException("the client has left", e);
    } finally {
      exchange.requestBody().release();
      connection.end();
    }
    if (!exchange.response().isEnded()) {
      throw new CloseConnectionException("the answer was broken off");
    }
    if (exchange.closesConnection()) {
      // Helidon then neither reads the rest of the body nor another request.
      unused.headers().set(HeaderValues.CONNECTION_CLOSE);
      linger(exchange, connection);
      connection.closeAfterRequest();
    }
  }

  private void answer(Routes known, Exchange exchange, ServerRequestHeaders headers)
      throws ClientGoneException {
    try {
      if (guarded) {
        HostGuard.check(
            exchange.method(),
            headers.first(HeaderNames.HOST),
            headers.first(HeaderNames.ORIGIN),
            settings.allowedHosts());
      }
      known.find(exchange.method(), exchange.path()).handle(exchange);
      boolean answered = exchange.response().isEnded() || exchange.response().isBroken();
      if (!answered && !clientLeft(exchange)) {
        LOG.log(Level.ERROR, "{0}: {1} gave no answer", exchange.requestId(), exchange.path());
        exchange.fail(internal());
      }
    } catch (ApiException e) {
      exchange.fail(e.error());
    } catch (InterruptedException e) {
      throw new CloseConnectionException("the server stops", e);
    } catch (RuntimeException e) {
      failUnexpectedly(exchange, e);
    }
  }

  private static void failUnexpectedly(Exchange exchange, RuntimeException problem)
      throws ClientGoneException {
    if (clientLeft(exchange)) {
      throw new ClientGoneException("the client has left", problem);
    }
    LOG.log(Level.ERROR, exchange.requestId() + ": " + exchange.path() + " failed", problem);
    exchange.fail(internal());
  }

  private static boolean clientLeft(Exchange exchange) {
    return exchange.cancellation().reason().orElse(null) == Cancellation.Reason.CLIENT_GONE;
  }

  private static ApiError internal() {
    return ApiError.of(
        ErrorCode.INTERNAL, "the server failed to handle the request; its log says why");
  }

  /** Closing with unread bytes would reset the connection and could take the answer with it. */
  private static void linger(Exchange exchange, ClientConnection connection) {
    if (exchange.requestBody().isReadWholly()) {
      return;
    }
    Thread limit = Thread.ofVirtual().name("linger").start(() -> closeLater(connection));
    exchange.requestBody().linger(MAX_LINGER_BYTES);
    limit.interrupt();
  }

  private static void closeLater(ClientConnection connection) {
    try {
      Thread.sleep(MAX_LINGER);
    } catch (InterruptedException e) {
      return;
    }
    connection.closeNow();
  }

  @Override
  public HttpSecurity security() {
    return HttpSecurity.create();
  }

  @Override
  public void beforeStart() {}

  @Override
  public void afterStop() {}
}
