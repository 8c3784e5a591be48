package ai.greenthread.http.server;

import ai.greenthread.http.relay.Cancellation;
import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.Routing;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Puts a {@link ClientConnection} around every HTTP/1.1 connection and knows those open now. */
final class ClientConnections implements ServerConnectionSelector {
  private final ServerConnectionSelector http1;
  private final Router router;
  private final Set<ClientConnection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  ClientConnections(ServerConnectionSelector http1, HttpRouting routing) {
    this.http1 = http1;
    this.router = new OneRouting(routing);
  }

  void opened(ClientConnection connection) {
    open.add(connection);
  }

  void closed(ClientConnection connection) {
    open.remove(connection);
  }

  /** From now on no connection waits for another request, and what never ends is ended. */
  void drain() {
    draining = true;
    open.stream()
        .filter(ClientConnection::endsWithServer)
        .forEach(connection -> connection.cancel(Cancellation.Reason.SHUTTING_DOWN));
  }

  boolean isDraining() {
    return draining;
  }

  /** Ends every request in flight. */
  void cancelAll(Cancellation.Reason reason) {
    open.forEach(connection -> connection.cancel(reason));
  }

  /** Ends those whose client has taken nothing of what is being written for so long. */
  void closeStalled(Duration limit) {
    open.forEach(connection -> connection.closeIfStalled(limit.toNanos()));
  }

  Router router() {
    return router;
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return new ClientConnection(context, this, http1);
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http1.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return http1.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http1.supportedApplicationProtocols();
  }

  private record OneRouting(HttpRouting routing) implements Router {
    @Override
    public <T extends Routing> T routing(Class<T> type, T otherwise) {
      return type.isInstance(routing) ? type.cast(routing) : otherwise;
    }

    @Override
    public void afterStop() {}

    @Override
    public void beforeStart() {}

    @Override
    public List<? extends Routing> routings() {
      return List.of(routing);
    }
  }
}
