package ai.greenthread.cli.simulate.html;

import ai.greenthread.cli.simulate.Figure;
import ai.greenthread.cli.simulate.Policies;
import ai.greenthread.cli.simulate.PolicyFigures;
import ai.greenthread.cli.simulate.ReportCsv;
import ai.greenthread.cli.simulate.SimulationReport;
import ai.greenthread.scheduling.lab.LabModel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The tables of the page. A cell with a figure has the exact number in {@code data-value}. */
final class Tables {
  private Tables() {}

  /** All figures of all policies; the best of those that can be chosen is marked. */
  static String figures(List<Entry> entries) {
    List<Figure> known =
        Arrays.stream(Figure.values())
            .filter(figure ->
                entries.stream().anyMatch(entry -> entry.figures().find(figure).isPresent()))
            .toList();
    int cut = known.indexOf(Figure.SWAPS);
    return figures(entries, known.subList(0, cut), "What users see")
        + figures(entries, known.subList(cut, known.size()), "What it costs, and who pays");
  }

  private static String figures(List<Entry> entries, List<Figure> shown, String title) {
    var html =
        new StringBuilder("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
            .append(title)
            .append("\"><table class=\"figures\"><caption>")
            .append(title)
            .append(
                ". The best of each column is green; those that are not a choice stand below and"
                    + " do not compete.</caption><thead><tr><th scope=\"col\">Policy</th>");
    shown.forEach(figure ->
        html.append("<th scope=\"col\">").append(Markup.escape(figure.title())).append("</th>"));
    html.append("</tr></thead>\n<tbody>");
    boolean isApart = false;
    for (Entry entry : entries) {
      if (!entry.isChoice() && !isApart) {
        isApart = true;
        html.append("<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"")
            .append(shown.size() + 1)
            .append("\">Not a choice</th></tr>\n");
      }
      html.append(entry.best() ? "<tr class=\"best\">" : "<tr>")
          .append("<th scope=\"row\">")
          .append(Markup.escape(entry.name()))
          .append(entry.isChoice() ? "" : tag(entry.apart()))
          .append("</th>");
      shown.forEach(figure -> html.append(cell(entries, entry, figure)));
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>").toString();
  }

  private static String cell(List<Entry> entries, Entry entry, Figure figure) {
    PolicyFigures figures = entry.figures();
    boolean known = figures.find(figure).isPresent();
    return "<td data-key=\""
        + figure.key()
        + "\" data-value=\""
        + ReportCsv.cell(figures, figure)
        + "\""
        + (known && entry.isChoice() && isTop(entries, figures.get(figure), figure)
            ? " class=\"top\""
            : "")
        + ">"
        + (known ? Markup.escape(figure.words(figures.get(figure))) : "–")
        + "</td>";
  }

  /** Nobody does better, and most do worse. The bound is no merit of a policy. */
  private static boolean isTop(List<Entry> entries, double value, Figure figure) {
    if (figure == Figure.LOWER_BOUND) {
      return false;
    }
    double sign = figure.moreIsBetter() ? 1 : -1;
    double[] others =
        entries.stream()
            .filter(Entry::isChoice)
            .filter(entry -> entry.figures().find(figure).isPresent())
            .mapToDouble(entry -> sign * entry.figures().get(figure))
            .toArray();
    int worse = 0;
    for (double other : others) {
      if (other > sign * value) {
        return false;
      }
      worse += other < sign * value ? 1 : 0;
    }
    return worse >= Math.ceilDiv(others.length, 2);
  }

  /** How many GPUs each policy needs. */
  static String sizing(List<Entry> entries, SimulationReport report) {
    SimulationReport.Sizing sizing = report.sizing().orElseThrow();
    var html =
        new StringBuilder(
            "<div class=\"scroll\"><table><caption>Fewest GPUs with which "
                + Figure.share(sizing.target())
                + " of the requests are answered as promised.</caption><thead><tr>"
                + "<th scope=\"col\">Policy</th><th scope=\"col\">Fewest GPUs</th>"
                + "<th scope=\"col\">Models per GPU</th><th scope=\"col\" style=\"text-align:left\">Simulated (GPUs:"
                + " attainment)</th></tr></thead>\n<tbody>");
    for (Entry entry : entries) {
      for (SimulationReport.Need need : sizing.policies()) {
        if (need.policy().name().equals(entry.name())) {
          html.append(need(entry, need, report));
        }
      }
    }
    return html.append("</tbody></table></div>").toString();
  }

  private static String need(Entry entry, SimulationReport.Need need, SimulationReport report) {
    String tried =
        need.tried().entrySet().stream()
            .map(one -> one.getKey() + ": " + Figure.share(one.getValue()))
            .collect(Collectors.joining(", "));
    String gpus =
        need.fewest().isPresent()
            ? Integer.toString(need.fewest().getAsInt())
            : "more than " + need.most();
    String perGpu =
        need.fewest().isPresent()
            ? Figure.MODELS_PER_GPU.words(
                report.fleet().models().size() / (double) need.fewest().getAsInt())
            : "–";
    return (entry.best() ? "<tr class=\"best\">" : "<tr>")
        + "<th scope=\"row\">"
        + Markup.escape(entry.name())
        + (entry.isChoice() ? "" : tag(entry.role()))
        + "</th><td>"
        + gpus
        + "</td><td>"
        + perGpu
        + "</td><td style=\"white-space:normal;text-align:left\">"
        + Markup.escape(tried)
        + "</td></tr>\n";
  }

  /** How each policy works. */
  static String policies(List<Entry> entries) {
    var html =
        new StringBuilder(
            "<table class=\"wrap\"><thead><tr><th scope=\"col\">Policy</th>"
                + "<th scope=\"col\">How it works</th></tr></thead>\n<tbody>");
    for (Entry entry : entries) {
      html.append(entry.best() ? "<tr class=\"best\">" : "<tr>")
          .append("<th scope=\"row\">")
          .append(Markup.escape(entry.name()))
          .append(entry.figures().role() == Policies.Role.RIVAL ? "" : tag(entry.role()))
          .append("</th><td>")
          .append(Markup.escape(entry.figures().policy().how()))
          .append("</td></tr>\n");
    }
    return html.append("</tbody></table>").toString();
  }

  /** The models, with what the chosen policy made of them. */
  static String models(List<Entry> entries, SimulationReport report) {
    Entry shown = entries.getFirst();
    var html =
        new StringBuilder(
            "<div class=\"scroll\" role=\"region\" aria-label=\"Models\" tabindex=\"0\"><table>"
                + "<caption>The models, and how long 99 of 100 of their requests waited at most"
                + " with "
                + Markup.escape(shown.name())
                + ".</caption><thead><tr><th scope=\"col\">Model</th>"
                + "<th scope=\"col\">Requests</th><th scope=\"col\">Share</th>"
                + "<th scope=\"col\">GPUs</th><th scope=\"col\">Weights per GPU</th>"
                + "<th scope=\"col\">Memory per GPU</th><th scope=\"col\">Wait p99</th>"
                + "</tr></thead>\n<tbody>");
    for (int i = 0; i < Math.min(MODELS_SHOWN, report.fleet().models().size()); i++) {
      LabModel model = report.fleet().models().get(i);
      int requests = report.modelShare().get(i);
      html.append("<tr><th scope=\"row\">")
          .append(Markup.escape(model.name()))
          .append(model.fairness().popular() ? tag("popular: never sent away") : "")
          .append("</th>");
      for (String cell :
          List.of(
              String.format(Locale.ROOT, "%,d", requests),
              Figure.share(requests / (double) Math.max(1, report.load().requests())),
              Integer.toString(model.gpus()),
              model.weightsPerGpu().human(),
              model.needPerGpu().human(),
              Figure.seconds(shown.figures().modelWaits().get(i)))) {
        html.append("<td>").append(Markup.escape(cell)).append("</td>");
      }
      html.append("</tr>\n");
    }
    html.append("</tbody></table></div>");
    if (report.fleet().models().size() > MODELS_SHOWN) {
      html.append("<p class=\"soft\">and ")
          .append(report.fleet().models().size() - MODELS_SHOWN)
          .append(" more; -o json has them all.</p>");
    }
    return html.toString();
  }

  private static final int MODELS_SHOWN = 100;

  static String tag(String words) {
    return "<span class=\"tag\">" + Markup.escape(words) + "</span>";
  }
}
