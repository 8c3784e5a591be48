package ai.greenthread.cli.simulate.html;

import ai.greenthread.cli.simulate.Figure;
import java.util.List;

/** One figure of all policies as bars below one another. */
final class BarPlot {
  private static final double WIDTH = 900;
  private static final double LEFT = 225;
  private static final double RIGHT = 255;
  private static final double ROW = 25;
  private static final double GAP = 30;

  private BarPlot() {}

  /**
   * Draws it.
   *
   * @param full value of a bar over the whole width; 0 for the largest one
   * @param mark a second figure that is marked on each bar, and their ratio is written; the same
   *     figure for none
   */
  static String of(List<Entry> entries, Figure figure, double full, Figure mark) {
    double most =
        full > 0
            ? full
            : entries.stream().mapToDouble(e -> e.figures().get(figure)).max().orElse(1);
    double scale = (WIDTH - LEFT - RIGHT) / (most <= 0 ? 1 : most);
    long apart = entries.stream().filter(entry -> !entry.isChoice()).count();
    double height = entries.size() * ROW + (apart > 0 ? GAP : 0) + 6;
    var svg =
        new Svg(WIDTH, height, figure.title() + " of each policy: " + spoken(entries, figure));
    double y = 3;
    boolean isApart = false;
    for (Entry entry : entries) {
      if (!entry.isChoice() && !isApart) {
        isApart = true;
        svg.text("tick", LEFT - 10, y + GAP - 9, "end", "not a choice:");
        svg.line("grid", LEFT, y + GAP - 13, WIDTH - 8, y + GAP - 13);
        y += GAP;
      }
      double value = entry.figures().get(figure);
      double end = LEFT + value * scale;
      entry.label(svg, LEFT - 10, y);
      svg.rect(
          entry.best() ? "best" : entry.isChoice() ? "bar" : "apart",
          LEFT,
          y + 3,
          Math.max(1, value * scale),
          ROW - 7);
      String words = figure.words(value);
      if (mark != figure) {
        double at = LEFT + entry.figures().get(mark) * scale;
        svg.line("bound", at, y, at, y + ROW - 1);
        end = Math.max(end, at);
        words +=
            entry.figures().find(Figure.DISTANCE).isPresent()
                ? ", " + Figure.DISTANCE.words(entry.figures().get(Figure.DISTANCE)) + " bound"
                : "";
      }
      if (!entry.isChoice()) {
        words += " (" + entry.apart() + ")";
      }
      svg.text(entry.best() ? "value strong" : "value", end + 7, y + 16, "start", words);
      y += ROW;
    }
    svg.line("axis", LEFT, 0, LEFT, height);
    return svg.end();
  }

  private static String spoken(List<Entry> entries, Figure figure) {
    return String.join(
        "; ",
        entries.stream()
            .map(entry -> entry.name() + " " + figure.words(entry.figures().get(figure)))
            .toList());
  }
}
