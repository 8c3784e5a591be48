package ai.greenthread.cli.simulate.html;

import ai.greenthread.cli.simulate.Figure;
import ai.greenthread.cli.simulate.SimulationReport;
import ai.greenthread.cli.simulate.Sizes;
import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.DurationText;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabModel;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * A report as one page for a reader who never saw the program: what to choose and why, what was
 * simulated, the plots and how to read them, all figures, all words. HTML that is XML too; no
 * script, no font, nothing from elsewhere.
 */
public final class HtmlReport {
  /** A longer table of models is folded. */
  private static final int OPEN_UP_TO = 10;

  private final SimulationReport report;
  private final List<Entry> entries;
  private final StringBuilder html = new StringBuilder();

  private HtmlReport(SimulationReport report) {
    this.report = report;
    this.entries = Entry.of(report);
  }

  public static String of(SimulationReport report) {
    return new HtmlReport(report).page();
  }

  private String page() {
    html.append(
        """
        <!DOCTYPE html>
        <html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>Which policy for this load? GreenThread simulation</title>
        <style>
        """);
    html.append(Style.CSS).append(Style.lines()).append("</style></head>\n<body>\n");
    head();
    html.append("<main>\n");
    verdict();
    simulated();
    plots();
    sizing();
    figures();
    section("How each policy works", Tables.policies(entries));
    section("What the words mean", Glossary.html());
    html.append("</main>\n");
    foot();
    return html.append("</body></html>\n").toString();
  }

  private void head() {
    html.append("<header><h1>Which policy for this load?</h1>\n<p class=\"soft\">")
        .append(
            Markup.prose(
                String.format(
                    Locale.ROOT,
                    "%,d requests over %s, %d models sharing %s. Simulated by GreenThread.",
                    report.load().requests(),
                    Figure.seconds(report.load().seconds()),
                    report.fleet().models().size(),
                    report.gpusInWords())))
        .append("</p></header>\n");
  }

  private void verdict() {
    SimulationReport.Verdict verdict = report.verdict();
    html.append("<section class=\"verdict\" aria-label=\"Verdict\"><p>")
        .append(Markup.prose(verdict.headline()))
        .append("</p>");
    list(verdict.reasons());
    html.append("</section>\n");
    if (!verdict.cautions().isEmpty()) {
      html.append("<section class=\"cautions\"><h2>Before you rely on it</h2>");
      list(verdict.cautions());
      html.append("</section>\n");
    }
  }

  private void list(List<String> sentences) {
    if (!sentences.isEmpty()) {
      html.append("<ul>");
      sentences.forEach(
          sentence -> html.append("<li>").append(Markup.prose(sentence)).append("</li>\n"));
      html.append("</ul>");
    }
  }

  private void simulated() {
    html.append("<section><h2>What was simulated</h2>\n");
    paragraph(
        "Several AI models share a few GPUs that cannot hold them all at once. A request for a"
            + " model that is asleep wakes it; if there is no room, another has to go to sleep"
            + " first. Which one, and when, is what a policy decides. Each policy below was given"
            + " the same requests, in virtual time.");
    LabFleet fleet = report.fleet();
    paragraph(
        "The fleet: "
            + report.gpusInWords()
            + ", "
            + Bytes.of(fleet.gpus().stream().mapToLong(Bytes::count).sum())
            + " in all; the "
            + fleet.models().size()
            + " models together need "
            + Bytes.of(
                fleet.models().stream()
                    .mapToLong(model -> model.needPerGpu().count() * model.gpus())
                    .sum())
            + ". "
            + modelsInWords(fleet)
            + " Weights travel at "
            + Sizes.rate(fleet.linkBytesPerSecond())
            + " to each GPU and at "
            + Sizes.rate(fleet.hostBytesPerSecond())
            + " to all together.");
    SimulationReport.Load load = report.load();
    paragraph(
        String.format(
                Locale.ROOT,
                "The requests: %,d, %.3g a second on average; the median one has a prompt of %,d tokens"
                    + " and an answer of %,d. ",
                load.requests(),
                load.perSecond(),
                load.promptTokens(),
                load.generatedTokens())
            + String.join(" ", load.words()));
    paragraph(
        "The promise (SLO): the first token within "
            + Figure.seconds(report.slo().firstToken().toNanos() / 1e9)
            + " of the request, then a token every "
            + Figure.seconds(report.slo().betweenTokens().toNanos() / 1e9)
            + " on average.");
    figure(
        "When the requests came",
        "Requests a second over the time that was simulated, all models together.",
        TimelinePlot.of(load));
    html.append("</section>\n");
  }

  private static String modelsInWords(LabFleet fleet) {
    LabModel first = fleet.models().getFirst();
    boolean alike =
        fleet.models().stream()
            .allMatch(model ->
                model.weightsPerGpu().equals(first.weightsPerGpu())
                    && model.needPerGpu().equals(first.needPerGpu())
                    && model.gpus() == first.gpus()
                    && model.fairness().equals(first.fairness())
                    && model.idleTimeout().equals(first.idleTimeout())
                    && model.speed().equals(first.speed()));
    if (!alike) {
      return "The models differ; the table of models has their sizes.";
    }
    return "Each spans "
        + (first.gpus() == 1 ? "one GPU" : first.gpus() + " GPUs")
        + ", brings "
        + first.weightsPerGpu()
        + " of weights to it, takes "
        + first.needPerGpu()
        + " while it serves, and loads in "
        + Figure.seconds(fleet.loadSeconds(0))
        + " if nobody else does. Settings: minRuntime "
        + DurationText.print(first.fairness().minRuntime())
        + ", maxWaitTime "
        + DurationText.print(first.fairness().maxWaitTime())
        + ", idle timeout "
        + DurationText.print(first.idleTimeout())
        + ", drain timeout "
        + DurationText.print(first.drainTimeout())
        + ".";
  }

  private void plots() {
    html.append("<section><h2>How the policies compare</h2>\n");
    paragraph(
        "The policy to choose is green"
            + (report.verdict().choice().isPresent()
                ? " (" + report.verdict().choice().get() + ")"
                : "")
            + ". Policies that nobody can choose for this fleet stand apart, dashed.");
    figure(
        "Requests answered as promised",
        "Longer is better. " + "A request counts if its first token and its pace kept the promise.",
        BarPlot.of(entries, Figure.SLO_ATTAINMENT, 1, Figure.SLO_ATTAINMENT));
    figure(
        "How long requests wait for their model",
        "Higher and further left is better. Read it like this: where a line crosses the height of"
            + " 99 %, one request in a hundred waits longer than the time below. Both axes are"
            + " logarithmic.",
        Entry.legend(entries) + WaitPlot.of(entries, report.load().requests()));
    figure(
        "The wait of the unluckiest in a hundred (p99)",
        "Shorter is better. 99 of 100 requests waited no longer.",
        BarPlot.of(entries, Figure.WAIT_P99, 0, Figure.WAIT_P99));
    figure(
        "Swap work",
        "Shorter is better. Time spent on bringing weights to GPUs, if each load had the links for"
            + " itself. The upright stroke is the lower bound: with waits as long as this policy's,"
            + " nobody could do with less, and hardly anybody with as little.",
        BarPlot.of(entries, Figure.SWAP_SECONDS, 0, Figure.LOWER_BOUND));
    figure(
        "Evenness between models (Jain index)",
        "Longer is better. 1 if the same share of each model's requests is answered as promised.",
        BarPlot.of(entries, Figure.JAIN, 1, Figure.JAIN));
    figure(
        "Who waits: p99 of each model",
        "Each strip is a policy, each cell a model, in the order of the table of models"
            + (report.modelShare().getFirst().equals(Collections.max(report.modelShare()))
                ? ", the one with most requests on the left"
                : "")
            + ". Dark red cells are models whose users suffer.",
        HeatStrips.of(entries, report));
    html.append("</section>\n");
  }

  private void sizing() {
    report
        .sizing()
        .ifPresent(sizing -> {
          html.append("<section><h2>How many GPUs would do?</h2>\n");
          paragraph(sizing.words());
          paragraph(
              "For each policy the number of GPUs was halved or doubled from "
                  + report.fleet().gpus().size()
                  + " until the target lay between two numbers, and then bisected. GPUs that were"
                  + " added bring their share of host bandwidth. Numbers that were not tried could"
                  + " in theory do as well.");
          figure(
              "Attainment against GPUs",
              "Further left at the height of the target is better: fewer GPUs for the same promise.",
              Entry.legend(entries) + SizingPlot.of(entries, sizing));
          html.append(Tables.sizing(entries, report)).append("</section>\n");
        });
  }

  private void figures() {
    html.append("<section><h2>All figures</h2>\n")
        .append(Tables.figures(entries))
        .append("<details")
        .append(report.fleet().models().size() <= OPEN_UP_TO ? " open=\"open\"" : "")
        .append("><summary>The models</summary>\n")
        .append(Tables.models(entries, report))
        .append("</details></section>\n");
  }

  private void section(String title, String content) {
    html.append("<section><h2>")
        .append(Markup.escape(title))
        .append("</h2>\n")
        .append(content)
        .append("</section>\n");
  }

  private void paragraph(String words) {
    html.append("<p>").append(Markup.prose(words)).append("</p>\n");
  }

  private void figure(String title, String caption, String drawing) {
    html.append("<figure><figcaption><h3>")
        .append(Markup.escape(title))
        .append("</h3>")
        .append(Markup.escape(caption))
        .append("</figcaption><div class=\"plot\">")
        .append(drawing)
        .append("</div></figure>\n");
  }

  private void foot() {
    html.append("<footer><p>")
        .append(
            Markup.escape(
                "Made by gtctl simulate, seed "
                    + report.seed()
                    + ": the same input gives the same page. Servers were simulated by their speed"
                    + " (continuous batching), not run; figures compare policies, they are no"
                    + " promise of what a server will do."))
        .append("</p></footer>\n");
  }
}
