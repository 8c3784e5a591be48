package ai.greenthread.cli.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A report for spreadsheets: a row for each policy, with the keys and units of the JSON. */
public final class ReportCsv {
  private ReportCsv() {}

  /** The heading and a line for each policy. */
  public static List<String> lines(SimulationReport report) {
    var lines = new ArrayList<String>();
    var heading = new ArrayList<>(List.of("policy", "role", "gpus"));
    for (Figure figure : Figure.values()) {
      heading.add(figure.key());
    }
    lines.add(String.join(",", heading));
    for (PolicyFigures figures : report.policies()) {
      var cells =
          new ArrayList<>(
              List.of(figures.name(), figures.role().words(), Integer.toString(figures.gpus())));
      for (Figure figure : Figure.values()) {
        cells.add(cell(figures, figure));
      }
      lines.add(String.join(",", cells));
    }
    return lines;
  }

  /** The number as in JSON, empty where there is none. */
  public static String cell(PolicyFigures figures, Figure figure) {
    if (figures.find(figure).isEmpty()) {
      return "";
    }
    double value = figures.get(figure);
    return figure.isWhole()
        ? Long.toString(Math.round(value))
        : String.format(Locale.ROOT, "%.6f", value).replaceFirst("\\.?0+$", "");
  }
}
