package ai.greenthread.cli.simulate;

import java.io.IOException;
import java.io.Reader;
import java.util.Optional;

/** Lines of a text, none of them longer than memory can bear. Ends of line are LF or CRLF. */
final class BoundedLines {
  /** Longest line in characters; a request of 10,000 block ids has less than a tenth of it. */
  static final int MAX_LENGTH = 1 << 20;

  private static final int BYTE_ORDER_MARK = 0xFEFF;

  private final Reader reader;
  private int number;
  private boolean tooLong;

  /**
   * Begins at the first line.
   *
   * @param reader should be buffered
   */
  BoundedLines(Reader reader) {
    this.reader = reader;
  }

  /** The next line without its end, empty at the end of the text. */
  Optional<String> next() throws IOException {
    int c = reader.read();
    if (number == 0 && c == BYTE_ORDER_MARK) {
      c = reader.read();
    }
    if (c < 0) {
      return Optional.empty();
    }
    number++;
    tooLong = false;
    var line = new StringBuilder();
    for (; c >= 0 && c != '\n'; c = reader.read()) {
      if (line.length() < MAX_LENGTH) {
        line.append((char) c);
      } else {
        tooLong = true;
      }
    }
    int end = line.length() - 1;
    if (end >= 0 && line.charAt(end) == '\r') {
      line.setLength(end);
    }
    return Optional.of(line.toString());
  }

  /** One-based number of the line that {@link #next} gave last. */
  int number() {
    return number;
  }

  /** Whether that line was cut at {@link #MAX_LENGTH}. */
  boolean isTooLong() {
    return tooLong;
  }
}
