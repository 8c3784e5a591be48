package ai.greenthread.cli.simulate.html;

import ai.greenthread.cli.simulate.Figure;
import ai.greenthread.cli.simulate.PolicyFigures;
import java.util.ArrayList;
import java.util.List;

/**
 * The distribution of waits. Both axes are logarithmic: each step up is a tenth of the requests
 * that the step below left, so that the longest waits, which matter most, have as much room as all
 * others.
 */
final class WaitPlot {
  private static final double WIDTH = 900;
  private static final double HEIGHT = 430;
  private static final double LEFT = 66;
  private static final double RIGHT = 20;
  private static final double TOP = 12;
  private static final double BOTTOM = 46;

  /** Waits below are drawn as this one: nobody notices them. */
  private static final double SHORTEST = 0.01;

  private static final double[] TICKS = {0.01, 0.1, 1, 10, 60, 600, 3600, 36_000, 360_000};
  private static final double[] SHARES = {0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999};

  private final double longest;
  private final double decades;

  private WaitPlot(List<Entry> entries, int requests) {
    double most =
        entries.stream()
            .flatMap(entry -> entry.figures().waits().stream())
            .mapToDouble(PolicyFigures.WaitPoint::seconds)
            .max()
            .orElse(1);
    this.longest = Math.max(1, most * 1.15);
    this.decades = Math.max(1, Math.log10(Math.max(1, requests)));
  }

  static String of(List<Entry> entries, int requests) {
    return new WaitPlot(entries, requests).draw(entries);
  }

  private double x(double seconds) {
    double share =
        Math.log10(Math.max(SHORTEST, seconds) / SHORTEST) / Math.log10(longest / SHORTEST);
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  }

  private double y(double share) {
    double nines = share >= 1 ? decades : Math.min(decades, -Math.log10(1 - share));
    return HEIGHT - BOTTOM - nines / decades * (HEIGHT - TOP - BOTTOM);
  }

  private String draw(List<Entry> entries) {
    var svg =
        new Svg(
            WIDTH,
            HEIGHT,
            "Share of requests that waited no longer than a time, for each policy. 99 of 100"
                + " requests waited no longer than: "
                + String.join(
                    "; ",
                    entries.stream()
                        .map(e ->
                            e.name()
                                + " "
                                + Figure.WAIT_P99.words(e.figures().get(Figure.WAIT_P99)))
                        .toList()));
    for (double tick : TICKS) {
      if (tick <= longest) {
        svg.line("grid", x(tick), TOP, x(tick), HEIGHT - BOTTOM);
        String words = tick == SHORTEST ? "10 ms or less" : round(tick);
        svg.text(
            "tick", x(tick), HEIGHT - BOTTOM + 17, tick == SHORTEST ? "start" : "middle", words);
      }
    }
    for (double share : SHARES) {
      if (share == 0 || -Math.log10(1 - share) <= decades) {
        svg.line("grid", LEFT, y(share), WIDTH - RIGHT, y(share));
        svg.text("tick", LEFT - 7, y(share) + 4, "end", percent(share));
      }
    }
    svg.text("tick", WIDTH - RIGHT, HEIGHT - 8, "end", "waited no longer than");
    svg.text("tick", 2, HEIGHT - 8, "start", "of the requests");
    for (Entry entry : entries.reversed()) {
      List<double[]> points = new ArrayList<>();
      for (PolicyFigures.WaitPoint point : entry.figures().waits()) {
        points.add(new double[] {x(point.seconds()), y(point.share())});
      }
      svg.path(entry.lineClass(), thinned(points), entry.name());
    }
    svg.line("axis", LEFT, TOP, LEFT, HEIGHT - BOTTOM);
    svg.line("axis", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM);
    return svg.end();
  }

  /** Without points that lie on the line between their neighbours, straight up or across. */
  private static List<double[]> thinned(List<double[]> points) {
    List<double[]> kept = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      boolean between =
          i > 0
              && i < points.size() - 1
              && points.get(i)[0] == points.get(i - 1)[0]
              && points.get(i)[0] == points.get(i + 1)[0];
      if (!between) {
        kept.add(points.get(i));
      }
    }
    return kept;
  }

  static String percent(double share) {
    double percent = share * 100;
    String text =
        new java.math.BigDecimal(Double.toString(share))
            .movePointRight(2)
            .stripTrailingZeros()
            .toPlainString();
    return percent == 0 ? "0 %" : text + " %";
  }

  /** Axis labels need no decimals. */
  static String round(double seconds) {
    if (seconds < 1) {
      return Math.round(seconds * 1000) + " ms";
    }
    if (seconds < 60) {
      return Math.round(seconds) + " s";
    }
    return seconds < 3600 ? Math.round(seconds / 60) + " min" : Math.round(seconds / 3600) + " h";
  }
}
