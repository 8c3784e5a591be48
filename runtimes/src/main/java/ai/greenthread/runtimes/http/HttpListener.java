package ai.greenthread.runtimes.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** Accepts connections until it is closed; each is served by virtual threads of its own. */
public final class HttpListener implements AutoCloseable {
  private static final int BACKLOG = 512;
  private static final long OUT_OF_FILES_NANOS = 20_000_000;

  private final ServerSocket server;
  private final HttpLimits limits;
  private final HttpHandler handler;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private HttpListener(ServerSocket server, HttpLimits limits, HttpHandler handler) {
    this.server = server;
    this.limits = limits;
    this.handler = handler;
  }

  /**
   * Binds and begins to answer.
   *
   * @param port 0 for any free one
   * @throws IOException where the address is taken or not this machine's
   */
  public static HttpListener open(String host, int port, HttpLimits limits, HttpHandler handler)
      throws IOException {
    ServerSocket server = new ServerSocket();
    try {
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(InetAddress.getByName(host), port), BACKLOG);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    HttpListener listener = new HttpListener(server, limits, handler);
    Thread.ofVirtual().name("http-accept").start(listener::accept);
    return listener;
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Base address for clients, such as {@code http://127.0.0.1:8000}. */
  public String url() {
    return "http://" + server.getInetAddress().getHostAddress() + ":" + port();
  }

  /** Stops listening and breaks every connection off, as a process that dies would. */
  @Override
  public void close() {
    closeQuietly(server);
    for (Socket socket : open) {
      try {
        socket.setSoLinger(true, 0);
      } catch (IOException _) {
        // The socket is closed already.
      }
      closeQuietly(socket);
    }
  }

  private void accept() {
    while (true) {
      Socket socket;
      try {
        socket = server.accept();
      } catch (IOException _) {
        if (server.isClosed()) {
          return;
        }
        // Out of file descriptors for a moment; others must close some first.
        LockSupport.parkNanos(OUT_OF_FILES_NANOS);
        continue;
      }
      if (open.size() >= limits.connections()) {
        closeQuietly(socket);
        continue;
      }
      open.add(socket);
      Thread.ofVirtual().name("http-connection").start(() -> serve(socket));
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) limits.idleTime().toMillis());
      new HttpConnection(socket, limits, handler).serve();
    } catch (IOException _) {
      // The client went away, or stayed silent for too long.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception _) {
      // Closing what is broken has no one to tell.
    }
  }

  /** A request as it stands where none could be read. */
  static HttpRequest unreadable() {
    return new HttpRequest("", "", Map.of(), Map.of(), new byte[0], false);
  }
}
