package ai.greenthread.http.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on loopback that runs a script for every connection. */
public final class RawUpstream implements AutoCloseable {
  /** What happens on one connection; it is closed afterwards. */
  @FunctionalInterface
  public interface Script {
    void run(Peer peer) throws Exception;
  }

  private final ServerSocket server;
  private final Script script;
  private final Thread acceptor;
  private final AtomicInteger connections = new AtomicInteger();
  private final List<Peer> peers = new CopyOnWriteArrayList<>();

  public RawUpstream(Script script) {
    this.script = script;
    try {
      server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    acceptor = Thread.ofVirtual().start(this::accept);
  }

  /** Answers every request on every connection with these bytes. */
  public static RawUpstream answering(String response) {
    return new RawUpstream(peer -> {
      while (peer.readRequest()) {
        peer.send(response);
      }
    });
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = server.accept();
        Peer peer = new Peer(socket, connections.incrementAndGet());
        peers.add(peer);
        Thread.ofVirtual().start(() -> serve(peer));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Peer peer) {
    try (peer) {
      script.run(peer);
    } catch (Exception e) {
      // The other side went first, which is what many scripts are about.
      return;
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Connections accepted so far. */
  public int connections() {
    return connections.get();
  }

  public List<Peer> peers() {
    return peers;
  }

  @Override
  public void close() {
    try {
      server.close();
      // Until then the port still takes connections.
      acceptor.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    peers.forEach(Peer::close);
  }

  /** One connection, seen from the upstream. */
  public static final class Peer implements AutoCloseable {
    private final Socket socket;
    private final int number;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile String lastHead = "";
    private volatile byte[] lastBody = {};

    Peer(Socket socket, int number) throws IOException {
      this.socket = socket;
      this.number = number;
      socket.setTcpNoDelay(true);
    }

    /** 1 for the first connection. */
    public int number() {
      return number;
    }

    /** Requests read by {@link #readRequest}. */
    public int requests() {
      return requests.get();
    }

    public Socket socket() {
      return socket;
    }

    /** Reads a request with its Content-Length body; false at the end of the connection. */
    public boolean readRequest() throws IOException {
      String head = readHead();
      if (head.isEmpty()) {
        return false;
      }
      lastHead = head;
      lastBody = socket.getInputStream().readNBytes(contentLength(head));
      requests.incrementAndGet();
      return true;
    }

    /** Reads a head only. */
    public String readHead() throws IOException {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      InputStream in = socket.getInputStream();
      int last = 0;
      while (last != 0x0d0a0d0a) {
        int b = in.read();
        if (b < 0) {
          return "";
        }
        head.write(b);
        last = last << 8 | b;
      }
      return head.toString(StandardCharsets.ISO_8859_1);
    }

    public String lastHead() {
      return lastHead;
    }

    public byte[] lastBody() {
      return lastBody;
    }

    public void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    /** Blocks until the other side closes. */
    public void awaitClose() throws IOException {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    /** Ends the connection with a reset. */
    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static int contentLength(String head) {
      for (String line : head.split("\r\n", -1)) {
        if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
          return Integer.parseInt(line.substring(15).strip());
        }
      }
      return 0;
    }
  }
}
