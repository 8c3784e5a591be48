package ai.greenthread.runtimes.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * One request and the way to its answer. The connection keeps listening while the handler works, so
 * that {@link #onLeave} fires as soon as the client closes its side, also while nothing is being
 * written.
 */
public final class Exchange {
  private final HttpRequest request;
  private final Socket socket;
  private final OutputStream out;
  private final List<Runnable> leaveActions = new ArrayList<>();
  private boolean started;
  private volatile boolean finished;
  private boolean chunked;
  private boolean cut;
  private boolean left;
  private long leftAtNanos;
  private Duration pacePerByte = Duration.ZERO;

  Exchange(HttpRequest request, Socket socket, OutputStream out) {
    this.request = request;
    this.socket = socket;
    this.out = out;
  }

  public HttpRequest request() {
    return request;
  }

  /** Answers with a whole body. */
  public void respond(int status, String contentType, byte[] body) throws IOException {
    respond(status, contentType, body, List.of());
  }

  /**
   * Answers with a whole body.
   *
   * @param headers further header lines, each {@code name: value}
   */
  public void respond(int status, String contentType, byte[] body, List<String> headers)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length + 256);
    bytes.writeBytes(
        head(status, contentType, "content-length: " + body.length, headers)
            .getBytes(StandardCharsets.ISO_8859_1));
    bytes.writeBytes(body);
    begin();
    write(bytes.toByteArray());
    finished = true;
  }

  /** Begins an answer that is sent piece by piece; end it with {@link #endStream}. */
  public void startStream(String contentType, List<String> headers) throws IOException {
    chunked = request.keepAlive();
    String framing = chunked ? "transfer-encoding: chunked" : "x-framing: until-close";
    begin();
    write(head(200, contentType, framing, headers).getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends one piece at once, in one write. */
  public void send(byte[] piece) throws IOException {
    if (!chunked) {
      write(piece);
      return;
    }
    ByteArrayOutputStream frame = new ByteArrayOutputStream(piece.length + 16);
    frame.writeBytes(
        (Integer.toHexString(piece.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    frame.writeBytes(piece);
    frame.write('\r');
    frame.write('\n');
    write(frame.toByteArray());
  }

  public void endStream() throws IOException {
    if (chunked) {
      write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    finished = true;
  }

  /** From now on every byte waits this long before the next: a slow server, for tests. */
  public void pace(Duration perByte) {
    pacePerByte = perByte;
  }

  /** Breaks the connection off, without an end that a client could take for a clean one. */
  public void cut() {
    synchronized (leaveActions) {
      cut = true;
    }
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException _) {
      // Already gone, which is what was wanted.
    }
  }

  /**
   * Runs the action once the client has left; at once if it already has. Actions must not block.
   */
  public void onLeave(Runnable action) {
    synchronized (leaveActions) {
      if (!left) {
        leaveActions.add(action);
        return;
      }
    }
    action.run();
  }

  /** When the client was seen to be gone, on the clock of {@link System#nanoTime}. */
  public OptionalLong leftAtNanos() {
    synchronized (leaveActions) {
      return left ? OptionalLong.of(leftAtNanos) : OptionalLong.empty();
    }
  }

  void clientLeft() {
    List<Runnable> actions;
    synchronized (leaveActions) {
      if (left || cut || finished) {
        return;
      }
      left = true;
      leftAtNanos = System.nanoTime();
      actions = List.copyOf(leaveActions);
      leaveActions.clear();
    }
    actions.forEach(Runnable::run);
  }

  /** True once an answer has begun. */
  public boolean started() {
    return started;
  }

  boolean mayBeReused() {
    return finished && request.keepAlive();
  }

  private void begin() {
    if (started) {
      throw new IllegalStateException("the exchange has been answered already");
    }
    started = true;
  }

  private String head(int status, String contentType, String framing, List<String> headers) {
    StringBuilder head = new StringBuilder(192);
    head.append("HTTP/1.1 ").append(status).append(' ').append(reason(status)).append("\r\n");
    if (!contentType.isEmpty()) {
      head.append("content-type: ").append(contentType).append("\r\n");
    }
    head.append(framing).append("\r\n");
    if (!request.keepAlive()) {
      head.append("connection: close\r\n");
    }
    headers.forEach(line -> head.append(line).append("\r\n"));
    return head.append("\r\n").toString();
  }

  private void write(byte[] bytes) throws IOException {
    try {
      if (pacePerByte.isZero()) {
        out.write(bytes);
        return;
      }
      for (byte one : bytes) {
        out.write(one);
        Thread.sleep(pacePerByte);
      }
    } catch (IOException e) {
      clientLeft();
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while writing", e);
    }
  }

  private static String reason(int status) {
    return switch (status) {
      case 200 -> "OK";
      case 202 -> "Accepted";
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 413 -> "Content Too Large";
      case 422 -> "Unprocessable Content";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 500 -> "Internal Server Error";
      case 501 -> "Not Implemented";
      case 503 -> "Service Unavailable";
      default -> "Status";
    };
  }
}
