package ai.greenthread.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The bars that our gateways are held to, and how far this run is from them. */
final class Bars {

  /**
   * @param what in words, as the bar is stated
   * @param measured this run's number
   * @param first the bar that must hold
   * @param goal where it should go
   * @param atLeast true when more is better
   */
  record Bar(
      String gateway,
      String what,
      double measured,
      double first,
      double goal,
      boolean atLeast,
      String unit) {

    boolean met() {
      return atLeast ? measured >= first : measured <= first;
    }

    boolean goalMet() {
      return atLeast ? measured >= goal : measured <= goal;
    }

    String verdict() {
      return goalMet() ? "goal met" : met() ? "met" : "missed";
    }
  }

  private static final String TIMES = " × nginx";

  private Bars() {}

  static List<Bar> of(Results results) {
    var bars = new ArrayList<Bar>();
    for (Gateway g : results.gateways()) {
      if (!g.ours()) {
        continue;
      }
      for (Scenario s : results.profile().scenarios()) {
        switch (s) {
          case Scenario.Closed _ -> {
            ratio(results, g, s, Metric.PER_SECOND, "saturation", 0.7, 1.0, true)
                .ifPresent(bars::add);
            ratio(results, g, s, Metric.CPU, "CPU per request at saturation", 1.6, 1.1, false)
                .ifPresent(bars::add);
          }
          case Scenario.Open open when open.perSecond() == 2000 -> {
            ratio(results, g, s, Metric.P50, "added p50 at 2,000/s", 2, 1.2, false)
                .ifPresent(bars::add);
            ratio(results, g, s, Metric.P99, "added p99 at 2,000/s", 1.5, 1.2, false)
                .ifPresent(bars::add);
          }
          case Scenario.Open _ -> {}
          case Scenario.Streams streams -> {
            String n = "%,d streams: ".formatted(streams.count());
            ratio(results, g, s, Metric.FIRST_P99, n + "added first event p99", 2, 1.2, false)
                .ifPresent(bars::add);
            results
                .value(g, s, Metric.LOST_OR_LATE)
                .ifPresent(v ->
                    bars.add(
                        new Bar(g.name(), n + "lost or late events", v.max(), 0, 0, false, "")));
            if (streams.count() >= 1000) {
              results
                  .value(g, s, Metric.MEMORY)
                  .ifPresent(v ->
                      bars.add(new Bar(g.name(), n + "memory", v.max(), 256, 128, false, " MiB")));
            }
          }
        }
      }
      if (g.start().isPositive()) {
        bars.add(
            new Bar(
                g.name(),
                "ready after start",
                g.start().toMillis() / 1000.0,
                1.0,
                0.4,
                false,
                " s"));
      }
    }
    return bars;
  }

  private static Optional<Bar> ratio(
      Results results,
      Gateway gateway,
      Scenario scenario,
      Metric metric,
      String what,
      double first,
      double goal,
      boolean atLeast) {
    return results
        .timesFloor(gateway, scenario, metric)
        .map(r -> new Bar(gateway.name(), what, r.median(), first, goal, atLeast, TIMES));
  }
}
