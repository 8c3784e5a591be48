package ai.greenthread.cli.simulate;

import ai.greenthread.cli.text.Palette;
import ai.greenthread.cli.text.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A report for a person at a terminal. */
public final class ReportText {
  private static final List<Figure> SHOWN =
      List.of(
          Figure.SLO_ATTAINMENT,
          Figure.TTFT_P99,
          Figure.WAIT_P50,
          Figure.WAIT_P99,
          Figure.WAIT_MAX,
          Figure.BOUND_VIOLATIONS,
          Figure.SWAPS,
          Figure.DISTANCE,
          Figure.JAIN,
          Figure.THRASH,
          Figure.LOST);

  private ReportText() {}

  public static List<String> lines(SimulationReport report, Palette palette) {
    var lines = new ArrayList<String>();
    SimulationReport.Load load = report.load();
    lines.add(
        String.format(
            Locale.ROOT,
            "%,d requests over %s (%.2f a second) for %d models on %s, seed %d",
            load.requests(),
            Figure.seconds(load.seconds()),
            load.perSecond(),
            report.fleet().models().size(),
            report.gpusInWords(),
            report.seed()));
    load.words().forEach(sentence -> lines.add("  " + sentence));
    lines.add("");
    lines.add(palette.green(report.verdict().headline()));
    report.verdict().reasons().forEach(reason -> lines.add("  - " + reason));
    report.verdict().cautions().forEach(caution -> lines.add(palette.yellow("  ! ") + caution));
    lines.add("");
    lines.addAll(policies(report, palette).lines());
    Optional<String> apart = apart(report);
    apart.ifPresent(lines::add);
    report
        .sizing()
        .ifPresent(sizing -> {
          lines.add("");
          lines.addAll(sizing(report, sizing));
        });
    return lines;
  }

  private static Table policies(SimulationReport report, Palette palette) {
    var columns = new ArrayList<Table.Column>();
    UnaryOperator<String> chosen =
        cell ->
            report.verdict().choice().filter(cell.strip()::equals).isPresent()
                ? palette.green(cell)
                : cell;
    columns.add(Table.Column.left("POLICY").styled(chosen));
    SHOWN.forEach(
        figure -> columns.add(Table.Column.right(figure.title().toUpperCase(Locale.ROOT))));
    var table = new Table(columns);
    for (PolicyFigures figures : report.policies()) {
      var cells = new ArrayList<String>();
      cells.add(figures.name() + mark(figures));
      SHOWN.forEach(figure ->
          cells.add(figures.find(figure).isPresent() ? figure.words(figures.get(figure)) : ""));
      table.row(cells);
    }
    return table;
  }

  private static String mark(PolicyFigures figures) {
    return figures.role().isChoice() ? "" : " *";
  }

  private static Optional<String> apart(SimulationReport report) {
    String words =
        report.policies().stream()
            .filter(figures -> !figures.role().isChoice())
            .map(figures ->
                figures.role() == Policies.Role.CLAIRVOYANT
                    ? figures.name() + " knows the future"
                    : figures.name() + " needs " + figures.gpus() + " GPUs and ran on as many")
            .collect(Collectors.joining("; "));
    return words.isEmpty() ? Optional.empty() : Optional.of("* no choice: " + words);
  }

  private static List<String> sizing(SimulationReport report, SimulationReport.Sizing sizing) {
    var lines = new ArrayList<String>();
    lines.add(
        "Fewest GPUs that answer "
            + Figure.share(sizing.target())
            + " as promised, by doubling and bisection:");
    var table =
        new Table(
            List.of(
                Table.Column.left("POLICY"),
                Table.Column.right("GPUS"),
                Table.Column.right("MODELS PER GPU"),
                Table.Column.left("TRIED")));
    for (SimulationReport.Need need : sizing.policies()) {
      String tried =
          need.tried().entrySet().stream()
              .map(entry -> entry.getKey() + ": " + Figure.share(entry.getValue()))
              .collect(Collectors.joining(", "));
      boolean found = need.fewest().isPresent();
      table.row(
          List.of(
              need.policy().name() + (need.policy().role().isChoice() ? "" : " *"),
              found ? Integer.toString(need.fewest().getAsInt()) : "more than " + need.most(),
              found
                  ? Figure.MODELS_PER_GPU.words(
                      report.fleet().models().size() / (double) need.fewest().getAsInt())
                  : "",
              tried));
    }
    lines.addAll(table.lines());
    return lines;
  }
}
