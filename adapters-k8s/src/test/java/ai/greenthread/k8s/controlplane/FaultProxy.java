package ai.greenthread.k8s.controlplane;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands between a client and the API server and spoils what passes, below TLS: it loses replies,
 * delays them, cuts connections and refuses new ones. What the client sends always arrives, which
 * is the point: the write has happened.
 */
public final class FaultProxy implements Closeable {
  private static final int CHUNK_BYTES = 16 * 1024;

  private final ServerSocket listener;
  private final int upstreamPort;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean swallowing;
  private volatile boolean refusing;
  private volatile Duration delay = Duration.ZERO;

  /** Listens on a free port of 127.0.0.1 and leads to that port. */
  public FaultProxy(int upstreamPort) throws IOException {
    this.upstreamPort = upstreamPort;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** From now on nothing that the server says reaches the client. */
  public void loseReplies() {
    swallowing = true;
  }

  /** Each piece of an answer is held back that long. */
  public void delayReplies(Duration time) {
    delay = time;
  }

  /** Cuts all connections; new ones are cut at once until {@link #heal}. */
  public void refuse() {
    refusing = true;
    cut();
  }

  /** Cuts all connections; new ones are welcome. */
  public void cut() {
    open.forEach(FaultProxy::closeQuietly);
  }

  /** All faults end; connections that had one are cut, as what they missed is missed for good. */
  public void heal() {
    boolean broken = swallowing;
    swallowing = false;
    refusing = false;
    delay = Duration.ZERO;
    if (broken) {
      cut();
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        if (refusing) {
          client.close();
          continue;
        }
        Socket server = new Socket(InetAddress.getLoopbackAddress(), upstreamPort);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        open.add(client);
        open.add(server);
        Thread.ofVirtual().start(() -> pump(client, server, false));
        Thread.ofVirtual().start(() -> pump(server, client, true));
      } catch (IOException e) {
        // Closed, or the server does not listen: the client notices.
      }
    }
  }

  private void pump(Socket from, Socket to, boolean replies) {
    byte[] chunk = new byte[CHUNK_BYTES];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        if (replies && delay.isPositive()) {
          LockSupport.parkNanos(delay.toNanos());
        }
        if (!replies || !swallowing) {
          out.write(chunk, 0, read);
        }
      }
    } catch (IOException e) {
      // One side went away; both are closed.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed as far as it can be.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }
}
