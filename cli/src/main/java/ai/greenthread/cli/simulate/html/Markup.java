package ai.greenthread.cli.simulate.html;

import java.util.regex.Pattern;

/** Text made fit for HTML that is also XML. */
final class Markup {
  private static final Pattern UNIT =
      Pattern.compile("(?<=[0-9]) (?=(?:ms|s|min|h|MiB|GiB|TiB|GB/s|GPUs?)\\b|%)");

  private Markup() {}

  /** For elements and quoted attributes; what XML cannot say at all is left out. */
  static String escape(String text) {
    var escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '&' -> escaped.append("&amp;");
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '"' -> escaped.append("&quot;");
            case '\'' -> escaped.append("&#39;");
            default -> {
              if (isAllowed(c)) {
                escaped.appendCodePoint(c);
              }
            }
          }
        });
    return escaped.toString();
  }

  /** The same for running text: a number and its unit stay on one line. */
  static String prose(String text) {
    return UNIT.matcher(escape(text)).replaceAll("\u00a0");
  }

  private static boolean isAllowed(int c) {
    return c == '\t'
        || c == '\n'
        || (c >= 0x20 && c <= 0xD7FF)
        || (c >= 0xE000 && c <= 0xFFFD)
        || c >= 0x10000;
  }
}
