package ai.greenthread.cli.simulate.html;

import ai.greenthread.cli.simulate.Figure;
import ai.greenthread.cli.simulate.Policies;
import ai.greenthread.cli.simulate.PolicyFigures;
import ai.greenthread.cli.simulate.SimulationReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A policy as the page shows it: everywhere at the same place and in the same colour.
 *
 * @param colour number of its line colour
 * @param best whether it is the one to choose
 */
record Entry(PolicyFigures figures, int colour, boolean best) {

  /** Those that can be chosen first, the best attainment on top; then those set apart. */
  static List<Entry> of(SimulationReport report) {
    var sorted = new ArrayList<>(report.policies());
    sorted.sort(
        Comparator.comparingInt((PolicyFigures f) -> isChosen(report, f) ? 0 : 1)
            .thenComparingInt(f -> f.role().isChoice() ? 0 : 1)
            .thenComparingDouble(f -> -f.get(Figure.SLO_ATTAINMENT))
            .thenComparingDouble(f -> f.get(Figure.WAIT_P99)));
    var entries = new ArrayList<Entry>();
    int colour = 1;
    for (PolicyFigures figures : sorted) {
      boolean best = isChosen(report, figures);
      int own = best ? 0 : colour++;
      if (!figures.role().isChoice()) {
        own = figures.role() == Policies.Role.CLAIRVOYANT ? Style.LINES - 2 : Style.LINES - 1;
      }
      entries.add(new Entry(figures, Math.min(own, Style.LINES - 1), best));
    }
    return entries;
  }

  private static boolean isChosen(SimulationReport report, PolicyFigures figures) {
    return report.verdict().choice().filter(figures.name()::equals).isPresent();
  }

  String name() {
    return figures.name();
  }

  /** Writes its name into a row, with its settings below it, so that they end at a place. */
  void label(Svg svg, double end, double top) {
    String kind = best ? "strong" : "";
    int colon = name().indexOf(':');
    if (colon < 0) {
      svg.text(kind, end, top + 16, "end", name());
    } else {
      svg.text(kind, end, top + 10, "end", name().substring(0, colon));
      svg.text("tick", end, top + 21, "end", name().substring(colon + 1).replace(":", ", "));
    }
  }

  boolean isChoice() {
    return figures.role().isChoice();
  }

  /** What sets it apart, in a few words; empty for a choice. */
  String apart() {
    return switch (figures.role()) {
      case CLAIRVOYANT -> "knows the future";
      case DEDICATED -> "needs " + figures.gpus() + " GPUs";
      case OURS, RIVAL -> "";
    };
  }

  String role() {
    return figures.role().words();
  }

  String lineClass() {
    return "s"
        + colour
        + (best ? " thick" : "")
        + switch (figures.role()) {
          case CLAIRVOYANT -> " dash";
          case DEDICATED -> " dots";
          case OURS, RIVAL -> "";
        };
  }

  /** The lines' colours and what they stand for. */
  static String legend(List<Entry> entries) {
    var html = new StringBuilder("<ul class=\"legend\">");
    for (Entry entry : entries) {
      html.append("<li><svg viewBox=\"0 0 36 14\" aria-hidden=\"true\"><line class=\"")
          .append(entry.lineClass())
          .append("\" stroke-width=\"2\" x1=\"1\" y1=\"7\" x2=\"35\" y2=\"7\"/></svg>")
          .append(entry.best ? "<strong>" : "<span>")
          .append(Markup.escape(entry.name()))
          .append(entry.best ? "</strong>" : "</span>")
          .append(
              entry.isChoice()
                  ? ""
                  : "<span class=\"soft\">(" + Markup.escape(entry.apart()) + ")</span>")
          .append("</li>");
    }
    return html.append("</ul>").toString();
  }
}
