package ai.greenthread.cli.simulate;

import ai.greenthread.cli.manifest.YamlDocuments;
import java.util.Map;
import java.util.Optional;

/** Says where in a file something stands; looks for the lines only when it is asked for one. */
final class Places {
  /** {@code models[3].speed.batch} has four parts. */
  private static final int DEPTH = 6;

  private final String source;
  private final String text;
  private Optional<Map<String, Integer>> lines = Optional.empty();

  Places(String source, String text) {
    this.source = source;
    this.text = text;
  }

  /**
   * To begin a message with: {@code fleet.yaml, line 12: models[3].gpus: }. What is missing, or
   * merged from elsewhere, stands where the part begins that it belongs to.
   */
  String of(String path) {
    if (lines.isEmpty()) {
      lines = Optional.of(YamlDocuments.lines(text, DEPTH));
    }
    Map<String, Integer> known = lines.get();
    String part = path;
    while (!part.isEmpty() && !known.containsKey(part)) {
      part = part.substring(0, Math.max(0, Math.max(part.lastIndexOf('.'), part.lastIndexOf('['))));
    }
    return source
        + Optional.ofNullable(known.get(part)).map(line -> ", line " + line).orElse("")
        + ": "
        + (path.isEmpty() ? "" : path + ": ");
  }
}
