package ai.greenthread.cli;

import ai.greenthread.cli.text.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines of a description: labelled values first, then sections. */
final class Description {
  private static final int LABEL_WIDTH = 16;

  private final List<String> lines = new ArrayList<>();

  /** A labelled value; one that is empty is left out. */
  Description field(String label, String value) {
    if (!value.isEmpty()) {
      lines.add(String.format(Locale.ROOT, "%-" + LABEL_WIDTH + "s%s", label + ":", value));
    }
    return this;
  }

  /** A section of lines under a heading. */
  Description section(String heading, List<String> body, String whenEmpty) {
    lines.add("");
    if (body.isEmpty()) {
      lines.add(String.format(Locale.ROOT, "%-" + LABEL_WIDTH + "s%s", heading + ":", whenEmpty));
    } else {
      lines.add(heading + ":");
      body.forEach(line -> lines.add("  " + line));
    }
    return this;
  }

  Description section(String heading, Table table, String whenEmpty) {
    return section(heading, table.isEmpty() ? List.of() : table.lines(), whenEmpty);
  }

  List<String> lines() {
    return List.copyOf(lines);
  }
}
