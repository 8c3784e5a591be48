package ai.greenthread.http.relay;

/**
 * Takes the framing off a body. {@link #decode} works in place: it moves the body bytes found in a
 * span to the front of that span. One instance reads one body; its state survives any split.
 */
sealed interface BodyDecoder permits BodyDecoder.Length, BodyDecoder.UntilClose, ChunkedDecoder {
  /**
   * Decodes what was read.
   *
   * @return index after the last body byte; body bytes start at {@code from}
   */
  int decode(byte[] buffer, int from, int to) throws UpstreamException;

  /** Whether the body is complete. */
  boolean isComplete();

  /** Whether bytes followed the complete body; such a connection is not reused. */
  boolean hasLeftOver();

  /** Whether the end of the connection is a proper end of the body. */
  default boolean mayEndByClose() {
    return false;
  }

  /** Body bytes in all, or {@link ResponseChannel#UNKNOWN_LENGTH}. */
  default long length() {
    return ResponseChannel.UNKNOWN_LENGTH;
  }

  /**
   * The framing of an answer (RFC 9112, 6.3). Whatever allows two readings is refused: a second
   * server could read it differently, which is how responses are smuggled.
   */
  static BodyDecoder of(String method, ResponseHead head) throws UpstreamException {
    HeaderFields headers = head.headers();
    String transferEncoding = single(headers, "Transfer-Encoding");
    String contentLength = single(headers, "Content-Length");
    if (!transferEncoding.isEmpty() && !contentLength.isEmpty()) {
      throw ResponseHead.invalid("it has both Transfer-Encoding and Content-Length");
    }
    if (method.equals("HEAD") || head.status() == 204 || head.status() == 304) {
      return new Length(0);
    }
    if (!transferEncoding.isEmpty()) {
      if (head.minorVersion() == 0 || !transferEncoding.equalsIgnoreCase("chunked")) {
        throw ResponseHead.invalid("its Transfer-Encoding is not chunked alone");
      }
      return new ChunkedDecoder();
    }
    return contentLength.isEmpty() ? new UntilClose() : new Length(parseLength(contentLength));
  }

  private static String single(HeaderFields headers, String name) throws UpstreamException {
    String found = "";
    for (int i = 0; i < headers.size(); i++) {
      if (headers.name(i).equalsIgnoreCase(name)) {
        if (!found.isEmpty() || headers.value(i).isEmpty()) {
          throw ResponseHead.invalid("it has more than one " + name + ", or an empty one");
        }
        found = headers.value(i);
      }
    }
    return found;
  }

  private static long parseLength(String text) throws UpstreamException {
    boolean digits = text.length() <= 18;
    for (int i = 0; digits && i < text.length(); i++) {
      digits = text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    if (!digits) {
      throw ResponseHead.invalid("its Content-Length is not a number");
    }
    return Long.parseLong(text);
  }

  /** A body of a known length, zero included. */
  final class Length implements BodyDecoder {
    private final long length;
    private long remaining;
    private boolean leftOver;

    Length(long length) {
      this.length = length;
      this.remaining = length;
    }

    @Override
    public int decode(byte[] buffer, int from, int to) {
      int taken = (int) Math.min(remaining, to - from);
      remaining -= taken;
      leftOver |= taken < to - from;
      return from + taken;
    }

    @Override
    public boolean isComplete() {
      return remaining == 0;
    }

    @Override
    public boolean hasLeftOver() {
      return leftOver;
    }

    @Override
    public long length() {
      return length;
    }
  }

  /** A body that ends with its connection. */
  final class UntilClose implements BodyDecoder {
    @Override
    public int decode(byte[] buffer, int from, int to) {
      return to;
    }

    @Override
    public boolean isComplete() {
      return false;
    }

    @Override
    public boolean hasLeftOver() {
      return false;
    }

    @Override
    public boolean mayEndByClose() {
      return true;
    }
  }
}
