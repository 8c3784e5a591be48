package ai.greenthread.http.relay;

import java.nio.charset.StandardCharsets;

/** Remembers how an event stream ended so far, so that an own event can be put behind it. */
final class SseTail {
  private static final byte[] NOTHING = {};
  private static final byte[] ONE_LINE_END = "\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TWO_LINE_ENDS = "\n\n".getBytes(StandardCharsets.US_ASCII);

  /** The last four bytes; as if the stream had begun after an event. */
  private int last = '\n' << 8 | '\n';

  void seen(byte[] bytes, int offset, int length) {
    for (int i = offset + Math.max(0, length - 4); i < offset + length; i++) {
      last = last << 8 | (bytes[i] & 0xff);
    }
  }

  /** Whether the last event is complete. */
  boolean atEventEnd() {
    return (last & 0xffff) == 0x0a0a || (last & 0xffff) == 0x0d0d || (last & 0xffffff) == 0x0a0d0a;
  }

  /** What has to be sent before an own event: ends a half line and a half event. */
  byte[] separator() {
    if (atEventEnd()) {
      return NOTHING;
    }
    return (last & 0xff) == '\n' ? ONE_LINE_END : TWO_LINE_ENDS;
  }
}
