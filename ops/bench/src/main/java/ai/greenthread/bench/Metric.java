package ai.greenthread.bench;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** One number that a scenario yields, and how gateways are compared by it. */
enum Metric {
  PER_SECOND("requests per second", "/s", Compare.VALUE, m -> m.load().perSecond()),
  CPU("gateway CPU per request", "µs", Compare.VALUE, m -> m.load().cpuMicrosEach()),
  CPU_STREAM("gateway CPU per stream", "µs", Compare.VALUE, m -> m.load().cpuMicrosEach()),
  P50("latency p50", "µs", Compare.ADDED, m -> m.load().latencyMicros().p50()),
  P99("latency p99", "µs", Compare.ADDED, m -> m.load().latencyMicros().p99()),
  FIRST_P50("first event p50", "µs", Compare.ADDED, times(Load::firstByteMicros, Percentiles::p50)),
  FIRST_P99("first event p99", "µs", Compare.ADDED, times(Load::firstByteMicros, Percentiles::p99)),
  TRAVEL_P50(
      "travel of an event p50", "µs", Compare.ADDED, times(Load::travelMicros, Percentiles::p50)),
  TRAVEL_P99(
      "travel of an event p99", "µs", Compare.ADDED, times(Load::travelMicros, Percentiles::p99)),
  GAP_P99(
      "gap beyond the pace p99",
      "µs",
      Compare.ADDED,
      times(Load::addedGapMicros, Percentiles::p99)),
  LOST_OR_LATE(
      "events lost or later than 10 × the pace",
      "",
      Compare.ALONE,
      m -> (double) m.load().lostEvents() + m.load().lateEvents()),
  MEMORY("gateway memory meanwhile", "MiB", Compare.ALONE, m -> m.memoryBytes() / 1048576.0);

  /** What stands beside a value. */
  enum Compare {
    /** Its ratio to the floor's value, round by round. */
    VALUE,
    /** What the gateway adds to no gateway at all, and that as a ratio to what the floor adds. */
    ADDED,
    /** Nothing: the value speaks for itself. */
    ALONE
  }

  private final String title;
  private final String unit;
  private final Compare compare;
  private final ToDoubleFunction<Measurement> value;

  Metric(String title, String unit, Compare compare, ToDoubleFunction<Measurement> value) {
    this.title = title;
    this.unit = unit;
    this.compare = compare;
    this.value = value;
  }

  static List<Metric> of(Scenario scenario) {
    return switch (scenario) {
      case Scenario.Closed _ -> List.of(PER_SECOND, CPU, P50, P99, MEMORY);
      case Scenario.Open _ -> List.of(P50, P99, CPU, MEMORY);
      case Scenario.Streams _ ->
          List.of(
              FIRST_P50,
              FIRST_P99,
              TRAVEL_P50,
              TRAVEL_P99,
              GAP_P99,
              CPU_STREAM,
              LOST_OR_LATE,
              MEMORY);
    };
  }

  String title() {
    return title;
  }

  String unit() {
    return unit;
  }

  double of(Measurement measurement) {
    return value.applyAsDouble(measurement);
  }

  /**
   * How this metric is compared in a scenario. In a closed loop latency only mirrors the
   * throughput, so subtracting another gateway's means nothing there.
   */
  Compare compare(Scenario scenario) {
    return scenario instanceof Scenario.Closed && compare == Compare.ADDED
        ? Compare.ALONE
        : compare;
  }

  private static ToDoubleFunction<Measurement> times(
      Function<Load, @Nullable Percentiles> which, ToDoubleFunction<Percentiles> cut) {
    return m -> {
      Percentiles p = which.apply(m.load());
      return p == null ? Double.NaN : cut.applyAsDouble(p);
    };
  }
}
