package ai.greenthread.cli.simulate.html;

import ai.greenthread.cli.simulate.Figure;
import ai.greenthread.cli.simulate.SimulationReport;
import java.util.ArrayList;
import java.util.List;

/** Attainment against the number of GPUs; equal steps to the right are equal factors. */
final class SizingPlot {
  private static final double WIDTH = 900;
  private static final double HEIGHT = 340;
  private static final double LEFT = 66;
  private static final double RIGHT = 20;
  private static final double TOP = 12;
  private static final double BOTTOM = 44;

  private final List<Integer> numbers;
  private final double floor;

  private SizingPlot(SimulationReport.Sizing sizing) {
    this.numbers =
        sizing.policies().stream()
            .flatMap(need -> need.tried().keySet().stream())
            .distinct()
            .sorted()
            .toList();
    double worst =
        sizing.policies().stream()
            .flatMap(need -> need.tried().values().stream())
            .mapToDouble(Double::doubleValue)
            .min()
            .orElse(0);
    this.floor = Math.min(0.8, Math.floor(Math.min(worst, sizing.target()) * 5) / 5);
  }

  static String of(List<Entry> entries, SimulationReport.Sizing sizing) {
    return new SizingPlot(sizing).draw(entries, sizing);
  }

  private double x(double gpus) {
    double first = numbers.getFirst();
    double factor = Math.max(2, numbers.getLast() / first);
    return LEFT + 12 + Math.log(gpus / first) / Math.log(factor) * (WIDTH - LEFT - RIGHT - 24);
  }

  private double y(double share) {
    return HEIGHT - BOTTOM - (share - floor) / (1 - floor) * (HEIGHT - TOP - BOTTOM);
  }

  private String draw(List<Entry> entries, SimulationReport.Sizing sizing) {
    var svg =
        new Svg(
            WIDTH,
            HEIGHT,
            "SLO attainment against the number of GPUs, for each policy; the table below has the"
                + " numbers.");
    for (int i = 0; i <= 4; i++) {
      double share = floor + (1 - floor) * i / 4;
      svg.line("grid", LEFT, y(share), WIDTH - RIGHT, y(share));
      svg.text("tick", LEFT - 7, y(share) + 4, "end", Math.round(share * 100) + " %");
    }
    double labelled = 0;
    for (int gpus : numbers) {
      if (x(gpus) - labelled > 24) {
        labelled = x(gpus);
        svg.line("grid", x(gpus), TOP, x(gpus), HEIGHT - BOTTOM);
        svg.text("tick", x(gpus), HEIGHT - BOTTOM + 17, "middle", Integer.toString(gpus));
      }
    }
    svg.text("tick", WIDTH - RIGHT, HEIGHT - 6, "end", "GPUs");
    svg.line("target", LEFT, y(sizing.target()), WIDTH - RIGHT, y(sizing.target()));
    svg.text(
        "tick",
        WIDTH - RIGHT - 6,
        y(sizing.target()) + 15,
        "end",
        "target: " + Figure.share(sizing.target()));
    for (Entry entry : entries.reversed()) {
      sizing.policies().stream()
          .filter(need -> need.policy().name().equals(entry.name()))
          .forEach(need -> draw(svg, entry, need));
    }
    svg.line("axis", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM);
    return svg.end();
  }

  private void draw(Svg svg, Entry entry, SimulationReport.Need need) {
    var points = new ArrayList<double[]>();
    need.tried().forEach((gpus, share) -> points.add(new double[] {x(gpus), y(share)}));
    svg.path(entry.lineClass(), points, entry.name());
    need.tried()
        .forEach((gpus, share) ->
            svg.dot(
                "f" + entry.colour(),
                x(gpus),
                y(share),
                entry.name() + ", " + gpus + " GPUs: " + Figure.share(share)));
  }
}
