package ai.greenthread.runtimes.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Reads requests from one connection, one after the other. */
final class RequestReader {
  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_HEADERS = 200;

  private final InputStream in;
  private final OutputStream out;
  private final HttpLimits limits;
  private final byte[] buffer = new byte[8 << 10];
  private int start;
  private int end;

  RequestReader(InputStream in, OutputStream out, HttpLimits limits) {
    this.in = in;
    this.out = out;
    this.limits = limits;
  }

  /** Waits for the next byte without taking it; false once the client has closed its side. */
  boolean awaitByte() throws IOException {
    if (start < end) {
      return true;
    }
    int read = in.read(buffer, 0, buffer.length);
    start = 0;
    end = Math.max(read, 0);
    return read > 0;
  }

  HttpRequest read() throws IOException, BadHttp {
    long deadline = System.nanoTime() + limits.headTime().toNanos();
    Budget budget = new Budget(limits.headBytes(), deadline);
    String requestLine = readLine(budget);
    while (requestLine.isEmpty()) {
      requestLine = readLine(budget);
    }
    String[] parts = requestLine.split(" ", -1);
    if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
      throw new BadHttp(400, "The request line is not of the form METHOD PATH HTTP/1.1.");
    }
    Map<String, String> headers = readHeaders(budget);
    boolean keepAlive = keepsAlive(parts[2], headers.getOrDefault("connection", ""));
    byte[] body = readBody(headers);
    int question = parts[1].indexOf('?');
    String path = question < 0 ? parts[1] : parts[1].substring(0, question);
    String query = question < 0 ? "" : parts[1].substring(question + 1);
    try {
      // A plus sign in a path is itself; only in a query does it stand for a space.
      String decodedPath = HttpRequest.decode(path.replace("+", "%2B"));
      return new HttpRequest(
          parts[0], decodedPath, HttpRequest.parseQuery(query), headers, body, keepAlive);
    } catch (IllegalArgumentException _) {
      throw new BadHttp(400, "The request's path has a broken percent escape.");
    }
  }

  private static boolean keepsAlive(String version, String connection) {
    String wish = connection.toLowerCase(Locale.ROOT);
    return version.equals("HTTP/1.0") ? wish.contains("keep-alive") : !wish.contains("close");
  }

  private Map<String, String> readHeaders(Budget budget) throws IOException, BadHttp {
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = readLine(budget); !line.isEmpty(); line = readLine(budget)) {
      int colon = line.indexOf(':');
      if (colon <= 0 || headers.size() >= MAX_HEADERS) {
        throw new BadHttp(400, "A header is not of the form name: value, or there are too many.");
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
    }
    return headers;
  }

  private byte[] readBody(Map<String, String> headers) throws IOException, BadHttp {
    boolean chunked =
        headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT).contains("chunked");
    String length = headers.get("content-length");
    if (!chunked && length == null) {
      return new byte[0];
    }
    if (headers.getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
      out.write(CONTINUE);
      out.flush();
    }
    if (chunked) {
      return readChunks();
    }
    return readExactly(bodySize(length == null ? "" : length, 10));
  }

  private byte[] readChunks() throws IOException, BadHttp {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String line = readLine(new Budget(1 << 10, Long.MAX_VALUE));
      int semicolon = line.indexOf(';');
      int size = bodySize(semicolon < 0 ? line : line.substring(0, semicolon), 16);
      if (size == 0) {
        while (!readLine(new Budget(limits.headBytes(), Long.MAX_VALUE)).isEmpty()) {}
        return body.toByteArray();
      }
      if (body.size() + (long) size > limits.bodyBytes()) {
        throw tooLarge();
      }
      body.writeBytes(readExactly(size));
      readLine(new Budget(2, Long.MAX_VALUE));
    }
  }

  private int bodySize(String text, int radix) throws BadHttp {
    long size;
    try {
      size = Long.parseLong(text.trim(), radix);
    } catch (NumberFormatException _) {
      throw new BadHttp(400, "The length of the request body is not a number.");
    }
    if (size < 0) {
      throw new BadHttp(400, "The length of the request body is negative.");
    }
    if (size > limits.bodyBytes()) {
      throw tooLarge();
    }
    return (int) size;
  }

  private BadHttp tooLarge() {
    return new BadHttp(
        413, "The request body is larger than the limit of " + limits.bodyBytes() + " bytes.");
  }

  private byte[] readExactly(int size) throws IOException {
    byte[] bytes = new byte[size];
    int done = 0;
    while (done < size) {
      if (start == end && size - done >= buffer.length) {
        int read = in.read(bytes, done, size - done);
        if (read < 0) {
          throw new EOFException();
        }
        done += read;
        continue;
      }
      if (!awaitByte()) {
        throw new EOFException();
      }
      int take = Math.min(end - start, size - done);
      System.arraycopy(buffer, start, bytes, done, take);
      start += take;
      done += take;
    }
    return bytes;
  }

  private String readLine(Budget budget) throws IOException, BadHttp {
    StringBuilder line = new StringBuilder(64);
    while (true) {
      if (!awaitByte()) {
        throw new EOFException();
      }
      byte next = buffer[start++];
      if (next == '\n') {
        return line.toString();
      }
      budget.spend();
      if (next != '\r') {
        line.append((char) (next & 0xff));
      }
    }
  }

  /** Bytes and time that a request head may still use. */
  private static final class Budget {
    private int bytes;
    private final long deadline;

    Budget(int bytes, long deadline) {
      this.bytes = bytes;
      this.deadline = deadline;
    }

    void spend() throws BadHttp {
      if (--bytes < 0) {
        throw new BadHttp(431, "The request's head is larger than the limit.");
      }
      if (deadline != Long.MAX_VALUE && System.nanoTime() - deadline > 0) {
        throw new BadHttp(408, "The request's head took too long to arrive.");
      }
    }
  }
}
