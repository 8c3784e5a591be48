package ai.greenthread.cli.simulate.html;

import ai.greenthread.cli.simulate.Figure;
import ai.greenthread.cli.simulate.SimulationReport;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** When requests came. */
final class TimelinePlot {
  private static final double WIDTH = 900;
  private static final double HEIGHT = 130;
  private static final double LEFT = 66;
  private static final double BOTTOM = 24;
  private static final double TOP = 16;

  private TimelinePlot() {}

  static String of(SimulationReport.Load load) {
    List<Integer> parts = load.timeline();
    int most = Math.max(1, Collections.max(parts));
    double partSeconds = Math.max(1e-6, load.seconds() / parts.size());
    double width = (WIDTH - LEFT - 10) / parts.size();
    String peak = String.format(Locale.ROOT, "%.3g", most / partSeconds);
    var svg =
        new Svg(
            WIDTH,
            HEIGHT,
            String.format(
                Locale.ROOT,
                "Arrivals over time: %.3g a second on average, %s in the busiest part",
                load.perSecond(),
                peak));
    for (int i = 0; i < parts.size(); i++) {
      double height = (HEIGHT - TOP - BOTTOM) * parts.get(i) / most;
      svg.rect(
          "bar",
          LEFT + i * width,
          HEIGHT - BOTTOM - height,
          width - 1,
          height,
          parts.get(i) + " requests from " + Figure.seconds(i * partSeconds));
    }
    svg.line("axis", LEFT, HEIGHT - BOTTOM, WIDTH - 10, HEIGHT - BOTTOM);
    svg.text("tick", LEFT - 7, TOP + 4, "end", peak + " /s");
    svg.text("tick", LEFT - 7, HEIGHT - BOTTOM + 1, "end", "0");
    for (int i = 0; i <= 4; i++) {
      double x = LEFT + (WIDTH - LEFT - 10) * i / 4;
      String anchor = i == 0 ? "start" : i == 4 ? "end" : "middle";
      svg.text("tick", x, HEIGHT - 7, anchor, Figure.seconds(load.seconds() * i / 4));
    }
    return svg.end();
  }
}
