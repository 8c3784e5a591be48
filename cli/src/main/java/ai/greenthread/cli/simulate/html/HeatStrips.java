package ai.greenthread.cli.simulate.html;

import ai.greenthread.cli.simulate.Figure;
import ai.greenthread.cli.simulate.SimulationReport;
import java.util.List;

/** How long the requests for each model wait, as a strip of colours for each policy. */
final class HeatStrips {
  private static final double WIDTH = 900;
  private static final double LEFT = 225;
  private static final double ROW = 24;
  private static final double GAP = 26;

  /**
   * More cells than this could not be told apart; neighbours share one then, the longer wait wins.
   */
  private static final int MAX_CELLS = 240;

  /** Upper ends of the colours, in seconds. */
  private static final double[] STEPS = {0.1, 1, 5, 10, 20, 60};

  private HeatStrips() {}

  static String of(List<Entry> entries, SimulationReport report) {
    int models = report.fleet().models().size();
    int merged = Math.ceilDiv(models, MAX_CELLS);
    int cells = Math.ceilDiv(models, merged);
    double cell = (WIDTH - LEFT - 8) / cells;
    boolean apart = entries.stream().anyMatch(entry -> !entry.isChoice());
    double height = entries.size() * ROW + (apart ? GAP : 0) + 64;
    var svg =
        new Svg(
            WIDTH,
            height,
            "99th percentile of the wait for each model and policy; the table of models below has"
                + " the numbers of the chosen policy.");
    double y = 2;
    boolean isApart = false;
    for (Entry entry : entries) {
      if (!entry.isChoice() && !isApart) {
        isApart = true;
        svg.text("tick", LEFT - 10, y + GAP - 8, "end", "not a choice:");
        y += GAP;
      }
      entry.label(svg, LEFT - 10, y);
      for (int i = 0; i < cells; i++) {
        int first = i * merged;
        int worst = first;
        for (int model = first; model < Math.min(models, first + merged); model++) {
          if (entry.figures().modelWaits().get(model) > entry.figures().modelWaits().get(worst)) {
            worst = model;
          }
        }
        double wait = entry.figures().modelWaits().get(worst);
        boolean asked = report.modelShare().get(worst) > 0;
        svg.rect(
            asked ? "h" + colour(wait) : "grid",
            LEFT + i * cell,
            y + 2,
            cell - (cells > 100 ? 0 : 1),
            ROW - 4,
            entry.name()
                + ", "
                + report.fleet().models().get(worst).name()
                + (asked ? ": " + Figure.seconds(wait) : ": never asked for"));
      }
      y += ROW;
    }
    svg.text("tick", LEFT, y + 15, "start", report.fleet().models().getFirst().name());
    if (models > 1) {
      svg.text("tick", WIDTH - 8, y + 15, "end", report.fleet().models().getLast().name());
    }
    legend(svg, y + 32);
    return svg.end();
  }

  private static void legend(Svg svg, double y) {
    double x = LEFT;
    double width = (WIDTH - LEFT - 8) / Style.HEATS;
    for (int i = 0; i < Style.HEATS; i++) {
      svg.rect("h" + i, x, y, 16, 14);
      String words =
          i < STEPS.length
              ? "up to " + WaitPlot.round(STEPS[i])
              : "over " + WaitPlot.round(STEPS[i - 1]);
      svg.text("tick", x + 21, y + 11, "start", words);
      x += width;
    }
  }

  private static int colour(double seconds) {
    int step = 0;
    while (step < STEPS.length && seconds > STEPS[step]) {
      step++;
    }
    return step;
  }
}
