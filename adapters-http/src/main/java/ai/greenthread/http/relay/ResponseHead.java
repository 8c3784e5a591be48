package ai.greenthread.http.relay;

import java.nio.charset.StandardCharsets;

/**
 * The head of an upstream's answer, parsed strictly: what is ambiguous is refused, never guessed.
 *
 * @param minorVersion 0 or 1, of HTTP/1.x
 * @param status 100–599
 * @param reason reason phrase, may be empty
 * @param headers header fields as they came
 */
record ResponseHead(int minorVersion, int status, String reason, HeaderFields headers) {
  private static final byte[] VERSION = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);

  /**
   * Where the head ends.
   *
   * @param from where to start to look; bytes before belong to the head
   * @return index after the empty line, or -1
   */
  static int endIn(byte[] buffer, int from, int to) {
    for (int i = from; i <= to - 4; i++) {
      if (buffer[i] == '\r'
          && buffer[i + 1] == '\n'
          && buffer[i + 2] == '\r'
          && buffer[i + 3] == '\n') {
        return i + 4;
      }
    }
    return -1;
  }

  /**
   * Parses a whole head.
   *
   * @param to index after its empty line
   */
  static ResponseHead parse(byte[] buffer, int from, int to, int maxHeaderCount)
      throws UpstreamException {
    int end = lineEnd(buffer, from, to);
    boolean wellFormed =
        end - from >= 12
            && startsWith(buffer, from, VERSION)
            && (buffer[from + 7] == '0' || buffer[from + 7] == '1')
            && buffer[from + 8] == ' '
            && isDigit(buffer[from + 9])
            && isDigit(buffer[from + 10])
            && isDigit(buffer[from + 11])
            && (end == from + 12 || buffer[from + 12] == ' ');
    if (!wellFormed) {
      throw invalid("its status line is not HTTP/1.1");
    }
    int status =
        (buffer[from + 9] - '0') * 100 + (buffer[from + 10] - '0') * 10 + (buffer[from + 11] - '0');
    if (status < 100 || status > 599) {
      throw invalid("its status is " + status);
    }
    String reason = end > from + 13 ? value(buffer, from + 13, end) : "";
    HeaderFields headers = new HeaderFields();
    int line = end + 2;
    while (line < to - 2) {
      end = lineEnd(buffer, line, to);
      if (headers.size() == maxHeaderCount) {
        throw invalid("it has more than " + maxHeaderCount + " header fields");
      }
      int colon = nameEnd(buffer, line, end);
      headers.add(
          new String(buffer, line, colon - line, StandardCharsets.US_ASCII),
          value(buffer, colon + 1, end));
      line = end + 2;
    }
    return new ResponseHead(buffer[from + 7] - '0', status, reason, headers);
  }

  private static boolean startsWith(byte[] buffer, int from, byte[] prefix) {
    for (int i = 0; i < prefix.length; i++) {
      if (buffer[from + i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private static int lineEnd(byte[] buffer, int from, int to) throws UpstreamException {
    for (int i = from; i < to - 1; i++) {
      if (buffer[i] == '\r' && buffer[i + 1] == '\n') {
        return i;
      }
      if (buffer[i] == '\r' || buffer[i] == '\n') {
        throw invalid("a line of its head ends with CR or LF alone");
      }
    }
    throw invalid("a line of its head has no end");
  }

  /** Index of the colon; a name is a token, so white space before the colon is refused too. */
  private static int nameEnd(byte[] buffer, int from, int to) throws UpstreamException {
    for (int i = from; i < to; i++) {
      if (buffer[i] == ':' && i > from) {
        return i;
      }
      if (!isTokenByte(buffer[i])) {
        break;
      }
    }
    throw invalid("a header field has no proper name");
  }

  private static String value(byte[] buffer, int from, int to) throws UpstreamException {
    int start = from;
    int end = to;
    while (start < end && isBlank(buffer[start])) {
      start++;
    }
    while (end > start && isBlank(buffer[end - 1])) {
      end--;
    }
    for (int i = start; i < end; i++) {
      int b = buffer[i] & 0xff;
      if ((b < ' ' && b != '\t') || b == 127) {
        throw invalid("a header field holds a control character");
      }
    }
    return new String(buffer, start, end - start, StandardCharsets.ISO_8859_1);
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** RFC 9110, 5.6.2. */
  private static boolean isTokenByte(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || isDigit(b)
        || "!#$%&'*+-.^_`|~".indexOf(b) >= 0;
  }

  static UpstreamException invalid(String what) {
    return new UpstreamException(
        UpstreamFailure.INVALID_RESPONSE, "the upstream's answer cannot be used: " + what);
  }
}
