package ai.greenthread.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** One number that a scenario yields, and how gateways are compared by it. */
enum Metric {
  PER_SECOND("requests per second", "/s", Compare.VALUE),
  CPU("gateway CPU per request", "µs", Compare.VALUE),
  CPU_STREAM("gateway CPU per stream", "µs", Compare.VALUE),
  P50("latency p50", "µs", Compare.ADDED),
  P99("latency p99", "µs", Compare.ADDED),
  FIRST_P50("first event p50", "µs", Compare.ADDED),
  FIRST_P99("first event p99", "µs", Compare.ADDED),
  TRAVEL_P50("travel of an event p50", "µs", Compare.ADDED),
  TRAVEL_P99("travel of an event p99", "µs", Compare.ADDED),
  GAP_P99("gap beyond the pace p99", "µs", Compare.ADDED),
  LOST_OR_LATE("events lost or later than 10 × the pace", "", Compare.ALONE),
  MEMORY("gateway memory meanwhile", "MiB", Compare.ALONE);

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

  Metric(String title, String unit, Compare compare) {
    this.title = title;
    this.unit = unit;
    this.compare = compare;
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

  /** Not a number when the measurement is of a scenario that does not yield this. */
  double of(Measurement measurement) {
    Load load = measurement.load();
    return switch (this) {
      case PER_SECOND -> load.perSecond();
      case CPU, CPU_STREAM -> load.cpuMicrosEach();
      case P50 -> load.latencyMicros().p50();
      case P99 -> load.latencyMicros().p99();
      case FIRST_P50 -> cut(load.firstByteMicros(), Percentiles::p50);
      case FIRST_P99 -> cut(load.firstByteMicros(), Percentiles::p99);
      case TRAVEL_P50 -> cut(load.travelMicros(), Percentiles::p50);
      case TRAVEL_P99 -> cut(load.travelMicros(), Percentiles::p99);
      case GAP_P99 -> cut(load.addedGapMicros(), Percentiles::p99);
      case LOST_OR_LATE -> (double) load.lostEvents() + load.lateEvents();
      case MEMORY -> measurement.memoryBytes() / 1048576.0;
    };
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

  private static double cut(
      @Nullable Percentiles percentiles, ToDoubleFunction<Percentiles> which) {
    return percentiles == null ? Double.NaN : which.applyAsDouble(percentiles);
  }
}
