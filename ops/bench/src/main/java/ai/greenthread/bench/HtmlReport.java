package ai.greenthread.bench;

import java.util.List;
import java.util.Optional;

/**
 * The run as one page that needs nothing else: what is compared, bars, ratios, and all numbers
 * below.
 */
final class HtmlReport {

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink:#1c2321; --soft:#5f6b66; --line:#d9dfdc; --page:#fbfcfb; --peer:#9fb0a8;
        --ours:#1f8a5b; --floor:#4d6b8a; --bad:#b3402e; }
      @media (prefers-color-scheme: dark) { :root { --ink:#e7ecea; --soft:#9aa8a2; --line:#33403b; --page:#141a18;
        --peer:#5d6e66; --ours:#41b883; --floor:#7ea3c9; --bad:#e27d6a; } }
      body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 1080px;
        margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
      p, li { max-width: 75ch; } .soft { color: var(--soft); font-size: .9rem; }
      .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 1.2rem 2rem; }
      figure { margin: 0; } figcaption { font-weight: 600; font-size: .92rem; margin-bottom: .3rem; }
      figcaption span { display: block; font-weight: 400; font-size: .82rem; color: var(--soft); } svg { width: 100%; height: auto; display: block; }
      svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } svg .value { fill: var(--soft); }
      .peer { fill: var(--peer); } .ours { fill: var(--ours); } .floor { fill: var(--floor); }
      .whisker { stroke: var(--ink); stroke-width: 1.2; opacity: .55; }
      .scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; white-space: nowrap; }
      th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
      .missed { color: var(--bad); font-weight: 600; } .met { color: var(--ours); font-weight: 600; }
      """;

  private static final int WIDTH = 420;
  private static final int ROW = 26;
  private static final int NAMES = 118;
  private static final int VALUES = 120;

  private HtmlReport() {}

  static String of(Machine machine, Results results) {
    var out = new StringBuilder();
    out.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        .append("<title>GreenThread relay benchmark</title><style>")
        .append(STYLE)
        .append("</style></head><body>\n<h1>What the relay costs</h1>\n");
    intro(out, machine, results);
    bars(out, results);
    for (Scenario s : results.profile().scenarios()) {
      out.append("<h2>").append(text(s.title())).append("</h2>\n<div class=\"charts\">\n");
      for (Metric m : Metric.of(s)) {
        chart(out, results, s, m);
      }
      out.append("</div>\n");
    }
    wrong(out, results);
    for (Scenario s : results.profile().scenarios()) {
      numbers(out, results, s);
    }
    return out.append("</body></html>\n").toString();
  }

  private static void intro(StringBuilder out, Machine machine, Results results) {
    out.append(
            "<p>The same requests go to the same stand-in for a model server, once directly and once through each")
        .append(" gateway, in turn, ")
        .append(results.profile().rounds())
        .append(
            " rounds in one run. nginx and HAProxy are plain reverse proxies and the floor; what we add to that is")
        .append(
            " the price of choosing the model, waking it and keeping its place. Bars are medians, the thin line")
        .append(
            " reaches from the lowest to the highest round, × is the median of each round's ratio to nginx.")
        .append(" A run with any failed request was thrown away and repeated (")
        .append(results.voidedRuns())
        .append(" were).</p>\n<p class=\"soft\">")
        .append(text(machine.at().toString()))
        .append(", profile ")
        .append(results.profile().name())
        .append(". ")
        .append(text(machine.inWords()))
        .append('.');
    results
        .foreignCpu()
        .ifPresent(f ->
            out.append(
                " Other processes used %.0f %% of the machine meanwhile (%.0f to %.0f %%): trust ratios, not times."
                    .formatted(f.median() * 100, f.min() * 100, f.max() * 100)));
    out.append("</p>\n<ul>\n");
    for (Gateway g : results.gateways()) {
      Results.Memory memory = results.memory(g);
      out.append("<li><b>").append(text(g.name())).append("</b>: ").append(text(g.what()));
      if (!g.version().isEmpty()) {
        out.append(" <span class=\"soft\">").append(text(g.version())).append("</span>");
      }
      out.append("; memory ")
          .append(mib(memory.idle()))
          .append(" MiB before load, ")
          .append(mib(memory.after()))
          .append(" MiB after");
      if (g.start().isPositive()) {
        out.append("; first answer ").append(g.start().toMillis()).append(" ms after its start");
      }
      out.append("</li>\n");
    }
    for (Missing m : results.missing()) {
      out.append("<li><b>")
          .append(text(m.name()))
          .append("</b>: not measured. ")
          .append(text(m.reason()))
          .append("</li>\n");
    }
    out.append("</ul>\n");
  }

  private static void bars(StringBuilder out, Results results) {
    List<Bars.Bar> bars = Bars.of(results);
    if (bars.isEmpty()) {
      return;
    }
    out.append(
            "<h2>Against our own bars</h2>\n<div class=\"scroll\"><table><tr><th>gateway</th><th>what</th>")
        .append("<th>measured</th><th>bar</th><th>goal</th><th></th></tr>\n");
    for (Bars.Bar b : bars) {
      String sign = b.atLeast() ? "≥ " : "≤ ";
      row(
          out,
          b.gateway(),
          b.what(),
          TextReport.number(b.measured()) + b.unit(),
          sign + TextReport.number(b.first()),
          sign + TextReport.number(b.goal()));
      out.append("<td class=\"")
          .append(b.met() ? "met" : "missed")
          .append("\">")
          .append(b.verdict())
          .append("</td></tr>\n");
    }
    out.append("</table></div>\n");
  }

  /** One horizontal bar a gateway; where what is added is compared, the bar shows that. */
  private static void chart(StringBuilder out, Results results, Scenario s, Metric m) {
    boolean added = m.compare(s) == Metric.Compare.ADDED;
    List<Gateway> gateways =
        results.gateways().stream().filter(g -> !(added && g.direct())).toList();
    double most =
        gateways.stream()
            .flatMap(g -> shown(results, g, s, m, added).stream())
            .mapToDouble(Spread::max)
            .max()
            .orElse(0);
    out.append("<figure><figcaption>").append(text((added ? "added " : "") + m.title()));
    if (!m.unit().isEmpty()) {
      out.append(", ").append(m.unit());
    }
    out.append(" <span>")
        .append(m == Metric.PER_SECOND ? "more is better" : "less is better")
        .append("</span></figcaption>\n<svg viewBox=\"0 0 ")
        .append(WIDTH)
        .append(' ')
        .append(gateways.size() * ROW)
        .append("\" role=\"img\" aria-label=\"")
        .append(text(m.title()))
        .append("\">\n");
    int y = 0;
    for (Gateway g : gateways) {
      Optional<Spread> spread = shown(results, g, s, m, added);
      out.append("<text x=\"0\" y=\"")
          .append(y + 17)
          .append("\">")
          .append(text(g.name()))
          .append("</text>");
      if (spread.isEmpty()) {
        out.append("<text class=\"value\" x=\"")
            .append(NAMES)
            .append("\" y=\"")
            .append(y + 17)
            .append("\">no valid number</text>\n");
      } else {
        bar(out, y, spread.get(), most, kind(g), label(results, g, s, m, spread.get()));
      }
      y += ROW;
    }
    out.append("</svg></figure>\n");
  }

  private static void bar(
      StringBuilder out, int y, Spread spread, double most, String kind, String label) {
    out.append(
            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"16\" rx=\"2\"/>"
                .formatted(kind, NAMES, y + 5, Math.max(1, along(spread.median(), most))))
        .append(
            "<line class=\"whisker\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                .formatted(
                    NAMES + along(spread.min(), most),
                    NAMES + along(spread.max(), most),
                    y + 13,
                    y + 13))
        .append(
            "<text class=\"value\" x=\"%d\" y=\"%d\">%s</text>%n"
                .formatted(WIDTH - VALUES + 8, y + 17, text(label)));
  }

  private static double along(double value, double most) {
    return most <= 0 ? 0 : Math.max(0, value) / most * (WIDTH - NAMES - VALUES);
  }

  private static Optional<Spread> shown(
      Results results, Gateway g, Scenario s, Metric m, boolean added) {
    return added ? results.added(g, s, m) : results.value(g, s, m);
  }

  private static String label(Results results, Gateway g, Scenario s, Metric m, Spread spread) {
    String value = TextReport.number(spread.median());
    return results
        .timesFloor(g, s, m)
        .map(times -> value + "  ×%.2f".formatted(times.median()))
        .orElse(value);
  }

  private static String kind(Gateway g) {
    return g.ours() ? "ours" : g.name().equals(Gateway.FLOOR) ? "floor" : "peer";
  }

  private static void wrong(StringBuilder out, Results results) {
    if (results.manners().isEmpty() && results.gaps().isEmpty()) {
      return;
    }
    out.append("<h2>When things go wrong</h2>\n<ul>\n");
    for (Gateway g : results.gateways()) {
      Manners.Report report = results.manners().get(g.name());
      if (report != null) {
        out.append("<li><b>")
            .append(text(g.name()))
            .append("</b>: ")
            .append(text(String.join("; ", Manners.sentences(report))))
            .append("</li>\n");
      }
    }
    for (Results.Gap gap : results.gaps()) {
      out.append("<li class=\"missed\">")
          .append(text(gap.gateway()))
          .append(", ")
          .append(gap.scenario())
          .append(", round ")
          .append(gap.round())
          .append(" is missing: ")
          .append(text(gap.reason()))
          .append("</li>\n");
    }
    out.append("</ul>\n");
  }

  private static void numbers(StringBuilder out, Results results, Scenario s) {
    List<Metric> metrics = Metric.of(s);
    out.append("<h2>All numbers: ")
        .append(text(s.title()))
        .append("</h2>\n<div class=\"scroll\"><table><tr><th></th>");
    metrics.forEach(m ->
        out.append("<th>")
            .append(text(m.title() + (m.unit().isEmpty() ? "" : ", " + m.unit())))
            .append("</th>"));
    out.append("</tr>\n");
    for (Gateway g : results.gateways()) {
      row(out, g.name());
      metrics.forEach(
          m -> out.append("<td>").append(text(TextReport.cell(results, g, s, m))).append("</td>"));
      out.append("</tr>\n");
    }
    out.append("</table></div>\n");
  }

  /** Opens a table row; the caller adds what is special and closes it. */
  private static void row(StringBuilder out, String... cells) {
    out.append("<tr>");
    for (String cell : cells) {
      out.append("<td>").append(text(cell)).append("</td>");
    }
  }

  private static String mib(long bytes) {
    return TextReport.number(bytes / 1048576.0);
  }

  private static String text(String plain) {
    return plain
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
