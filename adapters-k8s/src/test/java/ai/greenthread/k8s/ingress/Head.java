package ai.greenthread.k8s.ingress;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The head of an HTTP/1.1 message.
 *
 * @param first the request line or the status line
 * @param fields lines as they came, without their ends
 */
record Head(String first, List<String> fields) {
  private static final int LONGEST_BYTES = 64 * 1024;

  /** Reads up to the empty line and not a byte more; empty when the other side closed before. */
  static Optional<Head> read(InputStream in) throws IOException {
    List<String> lines = new ArrayList<>();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int total = 0;
    for (int next = in.read(); next >= 0; next = in.read()) {
      total++;
      if (total > LONGEST_BYTES) {
        throw new IOException("a head of more than " + LONGEST_BYTES + " bytes");
      }
      if (next != '\n') {
        line.write(next);
        continue;
      }
      String text = line.toString(StandardCharsets.ISO_8859_1).replaceFirst("\r$", "");
      line.reset();
      if (!text.isEmpty()) {
        lines.add(text);
      } else if (!lines.isEmpty()) {
        return Optional.of(new Head(lines.getFirst(), lines.subList(1, lines.size())));
      }
    }
    return Optional.empty();
  }

  String field(String name) {
    String start = name.toLowerCase(Locale.ROOT) + ":";
    return fields.stream()
        .filter(field -> field.toLowerCase(Locale.ROOT).startsWith(start))
        .map(field -> field.substring(start.length()).strip())
        .findFirst()
        .orElse("");
  }

  /** Path of a request, without its query. */
  String path() {
    String[] words = first.split(" ", -1);
    return words.length < 2 ? "/" : words[1].replaceFirst("\\?.*", "");
  }

  int status() {
    String[] words = first.split(" ", -1);
    return words.length > 1 && words[1].matches("[0-9]{3}") ? Integer.parseInt(words[1]) : 0;
  }

  /** As bytes for the wire, with the connection's end announced unless it becomes another's. */
  byte[] closing(String... more) {
    StringBuilder text = new StringBuilder(first).append("\r\n");
    boolean upgrade = !field("upgrade").isEmpty();
    for (String field : fields) {
      String lower = field.toLowerCase(Locale.ROOT);
      if (upgrade || !(lower.startsWith("connection:") || lower.startsWith("keep-alive:"))) {
        text.append(field).append("\r\n");
      }
    }
    for (String field : more) {
      text.append(field).append("\r\n");
    }
    text.append(upgrade ? "\r\n" : "Connection: close\r\n\r\n");
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** As it came. */
  byte[] plain() {
    return (first
            + "\r\n"
            + String.join("\r\n", fields)
            + (fields.isEmpty() ? "" : "\r\n")
            + "\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }
}
