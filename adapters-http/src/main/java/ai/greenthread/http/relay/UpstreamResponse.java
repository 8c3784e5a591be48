package ai.greenthread.http.relay;

import java.io.IOException;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An upstream's answer while it arrives. Confined to one thread; must be closed, which returns its
 * connection to the pool if the exchange ended cleanly and closes the socket if not.
 */
public final class UpstreamResponse implements AutoCloseable {
  private final UpstreamConnection connection;
  private final ResponseHead head;
  private final BodyDecoder body;
  private final Cancellation cancellation;
  private final long silenceMillis;
  private final boolean persistent;
  private final UpstreamPool pool;
  private int offset;
  private int end;
  private boolean pendingFirst;
  private boolean ended;
  private boolean closed;

  /** The connection's buffer holds body bytes already from {@code bodyStart} to {@code bodyEnd}. */
  UpstreamResponse(
      UpstreamConnection connection,
      ResponseHead head,
      BodyDecoder body,
      int bodyStart,
      int bodyEnd,
      Cancellation cancellation,
      long silenceMillis,
      UpstreamPool pool) {
    this.connection = connection;
    this.head = head;
    this.body = body;
    this.offset = bodyStart;
    this.end = bodyEnd;
    this.pendingFirst = true;
    this.cancellation = cancellation;
    this.silenceMillis = silenceMillis;
    this.pool = pool;
    this.persistent =
        head.minorVersion() == 1
            && !head.headers().hasToken("Connection", "close")
            && !body.mayEndByClose();
  }

  public int status() {
    return head.status();
  }

  /** Header fields as they came, hop-by-hop ones included. */
  public HeaderFields headers() {
    return head.headers();
  }

  /** Body bytes in all, or {@link ResponseChannel#UNKNOWN_LENGTH}. */
  public long contentLength() {
    return body.length();
  }

  /**
   * Waits for the next body bytes; they lie in {@link #buffer} until the next call.
   *
   * @return false at the proper end of the body
   * @throws UpstreamException if the body broke, fell silent or is malformed
   */
  public boolean read() throws UpstreamException {
    int raw = 0;
    if (pendingFirst) {
      pendingFirst = false;
      raw = end - offset;
    }
    while (true) {
      if (raw > 0) {
        end = body.decode(connection.buffer, offset, offset + raw);
        if (end > offset) {
          return true;
        }
      }
      if (ended || body.isComplete()) {
        ended = true;
        return false;
      }
      offset = 0;
      raw = fill();
    }
  }

  private int fill() throws UpstreamException {
    int count;
    try {
      count = connection.read(0, silenceMillis);
    } catch (SocketTimeoutException e) {
      throw new UpstreamException(
          UpstreamFailure.SILENT_MID_BODY,
          "the upstream sent nothing for " + silenceMillis + " ms within its answer",
          e);
    } catch (IOException e) {
      throw midBody("the connection to the upstream broke within its answer", e);
    }
    if (count < 0) {
      if (!body.mayEndByClose() || cancellation.isCancelled()) {
        throw midBody("the upstream closed the connection within its answer", null);
      }
      ended = true;
      return 0;
    }
    return count;
  }

  private UpstreamException midBody(String message, @Nullable Throwable cause) {
    return UpstreamPool.failure(cancellation, UpstreamFailure.BROKEN_MID_BODY, message, cause);
  }

  public byte[] buffer() {
    return connection.buffer;
  }

  public int offset() {
    return offset;
  }

  public int length() {
    return end - offset;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    cancellation.unbind();
    boolean clean =
        body.isComplete()
            && persistent
            && !body.hasLeftOver()
            && connection.sentAll()
            && !cancellation.isCancelled();
    if (clean) {
      pool.giveBack(connection);
    } else {
      pool.discard(connection);
    }
  }
}
