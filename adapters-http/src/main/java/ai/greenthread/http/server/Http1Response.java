package ai.greenthread.http.server;

import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.HeadWriter;
import ai.greenthread.http.relay.HeaderFields;
import ai.greenthread.http.relay.ResponseChannel;
import io.helidon.http.DateTime;
import io.helidon.http.Status;
import java.nio.charset.StandardCharsets;

/**
 * Writes one answer to the wire: head and first bytes in one write, each later chunk with its
 * framing in one write. Length where it is known, chunked where not.
 */
final class Http1Response implements ResponseChannel {
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private enum State {
    NEW,
    HEAD_SET,
    BODY,
    ENDED,
    BROKEN
  }

  private final ClientConnection connection;
  private final Exchange exchange;
  private final boolean withoutBody;
  private State state = State.NEW;
  private int status;
  private HeaderFields headers = new HeaderFields();
  private long length;
  private long remaining;
  private boolean bodyAllowed;
  private boolean chunked;

  Http1Response(ClientConnection connection, Exchange exchange) {
    this.connection = connection;
    this.exchange = exchange;
    this.withoutBody = exchange.method().equals("HEAD");
  }

  @Override
  public void head(int newStatus, HeaderFields newHeaders, long contentLength) {
    if (state != State.NEW) {
      throw new IllegalStateException("the answer has a head already");
    }
    state = State.HEAD_SET;
    status = newStatus;
    headers = newHeaders;
    bodyAllowed = status != 204 && status != 304;
    chunked = bodyAllowed && contentLength == UNKNOWN_LENGTH;
    length = contentLength;
    remaining = contentLength;
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws ClientGoneException {
    if (state != State.HEAD_SET && state != State.BODY) {
      throw new IllegalStateException("the answer takes no bytes: " + state);
    }
    if (!chunked && bodyAllowed) {
      remaining -= count;
      if (remaining < 0) {
        throw new IllegalStateException("more bytes than the announced length");
      }
    }
    boolean first = state == State.HEAD_SET;
    state = State.BODY;
    boolean send = bodyAllowed && !withoutBody && count > 0;
    if (!first && !send) {
      return;
    }
    if (!first && !chunked) {
      send(bytes, offset, count);
      return;
    }
    HeadWriter out = connection.buffer();
    if (first) {
      writeHead(out);
    }
    if (send && chunked) {
      out.ensure(count + 16);
      out.text(Integer.toHexString(count)).text("\r\n").raw(bytes, offset, count).text("\r\n");
    } else if (send) {
      out.raw(bytes, offset, count);
    }
    send(out.bytes(), 0, out.length());
  }

  private void send(byte[] bytes, int offset, int count) throws ClientGoneException {
    try {
      connection.write(bytes, offset, count);
    } catch (ClientGoneException e) {
      state = State.BROKEN;
      throw e;
    }
  }

  private void writeHead(HeadWriter out) {
    out.text("HTTP/1.1 ").text(Integer.toString(status)).text(" ");
    out.text(Status.create(status).reasonPhrase()).text("\r\n");
    headers.forEach((name, value) -> {
      if (!isOwn(name)) {
        out.field(name, value);
      }
    });
    if (!headers.contains("Date")) {
      byte[] date = DateTime.http1Bytes();
      out.text("Date: ").raw(date, 0, date.length);
    }
    out.field("x-request-id", exchange.requestId());
    if (chunked) {
      out.text("Transfer-Encoding: chunked\r\n");
    } else if (bodyAllowed) {
      out.text("Content-Length: ").text(Long.toString(length)).text("\r\n");
    }
    if (exchange.closesConnection()) {
      out.text("Connection: close\r\n");
    }
    out.text("\r\n");
  }

  /** Written here and nowhere else. */
  private static boolean isOwn(String name) {
    return switch (name.length()) {
      case 10 -> name.equalsIgnoreCase("connection");
      case 12 -> name.equalsIgnoreCase("x-request-id");
      case 14 -> name.equalsIgnoreCase("content-length");
      case 17 -> name.equalsIgnoreCase("transfer-encoding");
      default -> false;
    };
  }

  @Override
  public void end() throws ClientGoneException {
    if (state == State.HEAD_SET) {
      if (chunked) {
        chunked = false;
        length = 0;
        remaining = 0;
      }
      write(LAST_CHUNK, 0, 0);
    } else if (chunked && !withoutBody) {
      send(LAST_CHUNK, 0, LAST_CHUNK.length);
    }
    if (!chunked && bodyAllowed && remaining != 0 && !withoutBody) {
      breakOff();
      return;
    }
    state = State.ENDED;
  }

  @Override
  public void breakOff() {
    state = State.BROKEN;
  }

  @Override
  public boolean committed() {
    return state != State.NEW;
  }

  boolean isEnded() {
    return state == State.ENDED;
  }

  boolean isBroken() {
    return state == State.BROKEN;
  }

  @Override
  public void watchClient() {
    exchange.watchClient();
  }
}
