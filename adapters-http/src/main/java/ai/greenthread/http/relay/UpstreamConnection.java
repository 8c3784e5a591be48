package ai.greenthread.http.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One socket to an upstream and the buffer that stays with it. Confined to the thread that has
 * taken it from the pool, except {@link #close}, which any thread may call.
 */
final class UpstreamConnection {
  private final Socket socket;
  private final int bufferBytes;
  private final String authority;
  private InputStream in = InputStream.nullInputStream();
  private OutputStream out = OutputStream.nullOutputStream();
  private volatile @Nullable Thread upload;
  private volatile boolean uploadFailed;

  final Runnable closing = this::close;
  final Wait wait;
  byte[] buffer;
  long idleSinceNanos;

  UpstreamConnection(UpstreamAddress address, int bufferBytes, Lookout lookout) {
    this.wait = new Wait(lookout, closing);
    this.socket = new Socket();
    this.authority = address.authority();
    this.bufferBytes = bufferBytes;
    this.buffer = new byte[bufferBytes];
  }

  void connect(UpstreamAddress address, Duration timeout) throws IOException {
    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    socket.connect(new InetSocketAddress(address.host(), address.port()), (int) timeout.toMillis());
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  /**
   * Sends head and body in one write where they fit into the buffer. A larger body is sent by a
   * thread of its own, so that an answer that comes before the upload's end is seen.
   */
  void send(UpstreamRequest request) throws IOException {
    byte[] body = request.body();
    int head = writeHead(request);
    int joined = Math.min(buffer.length - head, body.length);
    System.arraycopy(body, 0, buffer, head, joined);
    out.write(buffer, 0, head + joined);
    if (joined < body.length) {
      uploadFailed = false;
      upload = Thread.ofVirtual().name("upload").start(() -> upload(body, joined));
    }
  }

  private void upload(byte[] body, int from) {
    try {
      out.write(body, from, body.length - from);
    } catch (IOException e) {
      // Whoever reads the answer meets the broken connection, or an answer that came before.
      uploadFailed = true;
    }
  }

  private int writeHead(UpstreamRequest request) {
    HeadWriter head = new HeadWriter(buffer);
    head.text(request.method()).text(" ").text(request.target()).text(" HTTP/1.1\r\n");
    head.field("Host", authority);
    request.headers().forEach(head::field);
    if (request.body().length > 0 || request.method().equals("POST")) {
      head.field("Content-Length", Integer.toString(request.body().length));
    }
    head.text("\r\n");
    buffer = head.bytes();
    return head.length();
  }

  /**
   * Reads into the buffer.
   *
   * @return bytes read, or -1 at the end of the connection
   * @throws java.net.SocketTimeoutException after {@code limitMillis} of silence
   */
  int read(int offset, long limitMillis) throws IOException {
    wait.begin(limitMillis);
    try {
      return in.read(buffer, offset, buffer.length - offset);
    } finally {
      wait.end();
    }
  }

  /** Makes room for a head that does not fit. */
  void grow(int newLength) {
    byte[] larger = new byte[newLength];
    System.arraycopy(buffer, 0, larger, 0, buffer.length);
    buffer = larger;
  }

  /** Whether the whole request was sent; until then the connection cannot be reused. */
  boolean sentAll() {
    Thread running = upload;
    return running == null || (!running.isAlive() && !uploadFailed);
  }

  /** Gets it ready for its next user. */
  void recycle(long nowNanos) {
    upload = null;
    idleSinceNanos = nowNanos;
    if (buffer.length != bufferBytes) {
      buffer = new byte[bufferBytes];
    }
  }

  void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing more can be done with it, and nobody waits for it.
    }
  }
}
