package ai.greenthread.http.openai;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the {@code model} field of a multipart form, wherever it stands: a client may send the file
 * first. The scan is one pass over the bytes; parts are not copied.
 */
public final class MultipartPeek {
  /** Parts looked at. */
  private static final int MAX_PARTS = 64;

  /** Bytes of one part's head. */
  private static final int MAX_PART_HEAD_BYTES = 8 * 1024;

  /** RFC 2046: a boundary has at most 70 characters. */
  private static final int MAX_BOUNDARY_LENGTH = 70;

  private static final Pattern BOUNDARY =
      Pattern.compile(";\\s*boundary=(?:\"([^\"]+)\"|([^;\\s]+))", Pattern.CASE_INSENSITIVE);
  private static final Pattern NAME =
      Pattern.compile(";\\s*name=(?:\"([^\"]*)\"|([^;\\s]+))", Pattern.CASE_INSENSITIVE);
  private static final byte[] HEAD_END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private MultipartPeek() {}

  /** Whether a {@code Content-Type} announces a multipart form. */
  public static boolean isMultipart(String contentType) {
    return contentType.toLowerCase(Locale.ROOT).startsWith("multipart/form-data");
  }

  /** The model that a multipart form names. */
  public static PeekedModel model(String contentType, byte[] body) {
    return field(contentType, body, "model");
  }

  /** Whether a multipart form asks for a stream. */
  public static boolean asksForStream(String contentType, byte[] body) {
    return field(contentType, body, "stream") instanceof PeekedModel.Named(String value)
        && value.equalsIgnoreCase("true");
  }

  private static PeekedModel field(String contentType, byte[] body, String wanted) {
    Matcher boundary = BOUNDARY.matcher(contentType);
    if (!boundary.find()) {
      return new PeekedModel.Malformed("its Content-Type names no boundary");
    }
    String text = Optional.ofNullable(boundary.group(1)).orElseGet(() -> boundary.group(2));
    if (text.length() > MAX_BOUNDARY_LENGTH) {
      return new PeekedModel.Malformed("its boundary is longer than 70 characters");
    }
    byte[] first = ("--" + text).getBytes(StandardCharsets.ISO_8859_1);
    byte[] delimiter = ("\r\n--" + text).getBytes(StandardCharsets.ISO_8859_1);
    // The first delimiter may stand at the very start, without a line end before it.
    int at = startsWith(body, 0, first) ? first.length : after(body, 0, delimiter);
    for (int parts = 0; at >= 0 && parts < MAX_PARTS; parts++) {
      if (startsWith(body, at, new byte[] {'-', '-'})) {
        return new PeekedModel.Missing();
      }
      // From before the line end of the delimiter, so that a part without any head is found too.
      int content = after(body, at, HEAD_END, at + MAX_PART_HEAD_BYTES);
      if (content < 0) {
        return new PeekedModel.Malformed("a part of the form has no proper head");
      }
      int next = after(body, content - 2, delimiter);
      if (next < 0) {
        return new PeekedModel.Malformed("the form is cut off");
      }
      String head = new String(body, at, content - at, StandardCharsets.UTF_8);
      if (isField(head, wanted)) {
        return value(body, content, Math.max(content, next - delimiter.length));
      }
      at = next;
    }
    return at < 0
        ? new PeekedModel.Malformed("the form's first boundary is missing")
        : new PeekedModel.Malformed("the form has more than " + MAX_PARTS + " parts");
  }

  private static boolean isField(String head, String wanted) {
    for (String line : head.split("\r\n", -1)) {
      if (line.regionMatches(true, 0, "content-disposition:", 0, 20)) {
        Matcher name = NAME.matcher(line);
        return name.find()
            && wanted.equals(Optional.ofNullable(name.group(1)).orElseGet(() -> name.group(2)));
      }
    }
    return false;
  }

  private static PeekedModel value(byte[] body, int from, int to) {
    if (to - from > RequestPeek.MAX_MODEL_LENGTH) {
      return new PeekedModel.NotAName(
          "longer than " + RequestPeek.MAX_MODEL_LENGTH + " characters");
    }
    String value = new String(body, from, to - from, StandardCharsets.UTF_8).strip();
    return value.isEmpty() ? new PeekedModel.NotAName("empty") : new PeekedModel.Named(value);
  }

  private static int after(byte[] body, int from, byte[] pattern) {
    return after(body, from, pattern, body.length);
  }

  private static int after(byte[] body, int from, byte[] pattern, int limit) {
    int last = Math.min(body.length, limit) - pattern.length;
    for (int i = from; i <= last; i++) {
      if (body[i] == pattern[0] && startsWith(body, i, pattern)) {
        return i + pattern.length;
      }
    }
    return -1;
  }

  private static boolean startsWith(byte[] body, int at, byte[] pattern) {
    if (at + pattern.length > body.length) {
      return false;
    }
    for (int i = 0; i < pattern.length; i++) {
      if (body[at + i] != pattern[i]) {
        return false;
      }
    }
    return true;
  }
}
