package ai.greenthread.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The run as a Markdown table for a terminal and for RESULTS.md. */
final class TextReport {

  private TextReport() {}

  static String of(Machine machine, Results results) {
    var out = new StringBuilder();
    out.append("Relay benchmark, ")
        .append(machine.at())
        .append(", profile ")
        .append(results.profile().name())
        .append(", ")
        .append(results.profile().rounds())
        .append(" valid rounds, all gateways in turn in each.\n")
        .append("Machine: ")
        .append(machine.inWords())
        .append(".\n");
    results
        .foreignCpu()
        .ifPresent(f ->
            out.append(
                "Other processes used %.0f %% of the machine during the measured runs (median; %.0f to %.0f %%).%n"
                    .formatted(f.median() * 100, f.min() * 100, f.max() * 100)));
    out.append("Void runs, repeated: ").append(results.voidedRuns()).append(".\n");
    out.append(
        "Median [lowest to highest round]; × is the median of each round's ratio to nginx.\n");
    out.append(
        "+ is what the gateway adds to no gateway at all, and × there compares what is added.\n\n");

    for (Gateway g : results.gateways()) {
      Results.Memory memory = results.memory(g);
      out.append("- ").append(g.name()).append(": ").append(g.what());
      if (!g.version().isEmpty()) {
        out.append(" (").append(g.version()).append(")");
      }
      if (g.start().isPositive()) {
        out.append("; first answer after ").append(g.start().toMillis()).append(" ms");
      }
      out.append("; memory ")
          .append(mib(memory.idle()))
          .append(" MiB before load, ")
          .append(mib(memory.after()))
          .append(" MiB after\n");
    }
    for (Missing m : results.missing()) {
      out.append("- ").append(m.name()).append(": not measured: ").append(m.reason()).append('\n');
    }
    for (Scenario s : results.profile().scenarios()) {
      out.append("\n### ").append(s.title()).append("\n\n").append(table(results, s));
    }
    List<Bars.Bar> bars = Bars.of(results);
    if (!bars.isEmpty()) {
      out.append("\n### Against the bars\n\n");
      var rows = new ArrayList<List<String>>();
      rows.add(List.of("gateway", "what", "measured", "bar", "goal", ""));
      for (Bars.Bar b : bars) {
        String sign = b.atLeast() ? "≥ " : "≤ ";
        rows.add(
            List.of(
                b.gateway(),
                b.what(),
                number(b.measured()) + b.unit(),
                sign + number(b.first()),
                sign + number(b.goal()),
                b.verdict()));
      }
      out.append(align(rows));
    }
    if (!results.manners().isEmpty()) {
      out.append("\n### When things go wrong\n\n");
      for (Gateway g : results.gateways()) {
        Manners.Report report = results.manners().get(g.name());
        if (report != null) {
          out.append("- ")
              .append(g.name())
              .append(": ")
              .append(String.join("; ", Manners.sentences(report)))
              .append('\n');
        }
      }
    }
    if (!results.gaps().isEmpty()) {
      out.append("\n### Missing numbers\n\n");
      for (Results.Gap gap : results.gaps()) {
        out.append("- ")
            .append(gap.gateway())
            .append(", ")
            .append(gap.scenario())
            .append(", round ")
            .append(gap.round())
            .append(": ")
            .append(gap.reason())
            .append('\n');
      }
    }
    return out.toString();
  }

  private static String table(Results results, Scenario scenario) {
    List<Metric> metrics = Metric.of(scenario);
    var rows = new ArrayList<List<String>>();
    var head = new ArrayList<String>(List.of("gateway"));
    metrics.forEach(m -> head.add(m.title() + (m.unit().isEmpty() ? "" : ", " + m.unit())));
    rows.add(head);
    for (Gateway g : results.gateways()) {
      var row = new ArrayList<String>(List.of(g.name()));
      metrics.forEach(m -> row.add(cell(results, g, scenario, m)));
      rows.add(row);
    }
    return align(rows);
  }

  static String cell(Results results, Gateway gateway, Scenario scenario, Metric metric) {
    Optional<Spread> value = results.value(gateway, scenario, metric);
    if (value.isEmpty()) {
      return "none";
    }
    Spread v = value.get();
    var text =
        new StringBuilder(number(v.median()))
            .append(" [")
            .append(number(v.min()))
            .append(" to ")
            .append(number(v.max()))
            .append(']');
    if (metric.compare(scenario) == Metric.Compare.ADDED && !gateway.direct()) {
      results
          .added(gateway, scenario, metric)
          .ifPresent(
              a -> text.append(a.median() < 0 ? " −" : " +").append(number(Math.abs(a.median()))));
    }
    results
        .timesFloor(gateway, scenario, metric)
        .ifPresent(r -> text.append(" ×").append("%.2f".formatted(r.median())));
    return text.toString();
  }

  /** Three meaningful digits, thousands apart. */
  static String number(double v) {
    double size = Math.abs(v);
    if (size >= 100) {
      return "%,.0f".formatted(v);
    }
    if (v == Math.rint(v)) {
      return "%.0f".formatted(v);
    }
    return size >= 10 ? "%.1f".formatted(v) : "%.2f".formatted(v);
  }

  private static String mib(long bytes) {
    return number(bytes / 1048576.0);
  }

  private static String align(List<List<String>> rows) {
    var out = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      for (int column = 0; column < rows.get(i).size(); column++) {
        int at = column;
        int width = rows.stream().mapToInt(r -> r.get(at).length()).max().orElse(0);
        String text = rows.get(i).get(column);
        out.append("| ").append(text).repeat(' ', width - text.length() + 1);
      }
      out.append("|\n");
      if (i == 0) {
        out.append("|---".repeat(rows.getFirst().size())).append("|\n");
      }
    }
    return out.toString();
  }
}
