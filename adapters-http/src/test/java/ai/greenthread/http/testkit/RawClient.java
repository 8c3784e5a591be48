package ai.greenthread.http.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A client on a bare socket; every read gives up after ten seconds. */
public final class RawClient implements AutoCloseable {
  /**
   * An answer as it came.
   *
   * @param head status line and header fields
   * @param body body bytes, framing removed, as Latin-1
   * @param complete whether the framing was closed properly
   */
  public record Response(String head, String body, boolean complete) {
    public int status() {
      return Integer.parseInt(head.substring(9, 12));
    }

    public Optional<String> header(String name) {
      return head.lines()
          .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst();
    }
  }

  private final Socket socket;
  private final InputStream in;

  public RawClient(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(10_000);
      in = socket.getInputStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public RawClient send(String text) {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  public RawClient send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public RawClient get(String target) {
    return send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }

  public RawClient post(String target, String body, String... headerLines) {
    StringBuilder head = new StringBuilder("POST " + target + " HTTP/1.1\r\nHost: localhost\r\n");
    for (String line : headerLines) {
      head.append(line).append("\r\n");
    }
    int length = body.getBytes(StandardCharsets.UTF_8).length;
    return send(head + "Content-Length: " + length + "\r\n\r\n" + body);
  }

  /** Reads one whole answer. */
  public Response read() {
    String head = readHead();
    try {
      return readBody(head);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a head with its empty line. */
  public String readHead() {
    return readUntil("\r\n\r\n");
  }

  /** Reads until this text has come. */
  public String readUntil(String end) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] wanted = end.getBytes(StandardCharsets.ISO_8859_1);
    try {
      while (!endsWith(bytes, wanted)) {
        int b = in.read();
        if (b < 0) {
          throw new IOException("closed after: " + bytes.toString(StandardCharsets.ISO_8859_1));
        }
        bytes.write(b);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  private static boolean endsWith(ByteArrayOutputStream bytes, byte[] wanted) {
    if (bytes.size() < wanted.length) {
      return false;
    }
    byte[] all = bytes.toByteArray();
    return java.util.Arrays.equals(
        all, all.length - wanted.length, all.length, wanted, 0, wanted.length);
  }

  private Response readBody(String head) throws IOException {
    Response empty = new Response(head, "", true);
    if (empty.header("Transfer-Encoding").isPresent()) {
      return readChunks(head);
    }
    int length = Integer.parseInt(empty.header("Content-Length").orElse("0"));
    byte[] body = in.readNBytes(length);
    return new Response(head, new String(body, StandardCharsets.ISO_8859_1), body.length == length);
  }

  private Response readChunks(String head) throws IOException {
    StringBuilder body = new StringBuilder();
    while (true) {
      String size;
      try {
        size = readUntil("\r\n").strip();
      } catch (UncheckedIOException e) {
        return new Response(head, body.toString(), false);
      }
      int length = Integer.parseInt(size, 16);
      body.append(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
      readUntil("\r\n");
      if (length == 0) {
        return new Response(head, body.toString(), true);
      }
    }
  }

  /** Whether the server has closed the connection; waits for that. */
  public boolean isClosedByServer() {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  public Socket socket() {
    return socket;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
