package ai.greenthread.cli.simulate;

import ai.greenthread.scheduling.lab.LabResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What came of one policy.
 *
 * @param policy which
 * @param gpus of the fleet it ran on: more than the described one has where each model needs its
 *     own
 * @param values its figures; one that makes no sense for it is absent
 * @param waits its waits as a distribution, shortest first
 * @param modelWaits 99th percentile of the waits for each model in seconds, in the fleet's order
 */
public record PolicyFigures(
    Policies.Policy policy,
    int gpus,
    Map<Figure, Double> values,
    List<WaitPoint> waits,
    List<Double> modelWaits) {
  /** Points of a distribution in each factor of ten. */
  private static final int POINTS_A_DECADE = 24;

  public PolicyFigures {
    values = Collections.unmodifiableMap(new EnumMap<>(values));
    waits = List.copyOf(waits);
    modelWaits = List.copyOf(modelWaits);
  }

  /**
   * A point of a distribution.
   *
   * @param share of all requests that waited no longer than
   * @param seconds this
   */
  public record WaitPoint(double share, double seconds) {}

  /**
   * Takes the figures out of a run.
   *
   * @param bounds the longest wait that is promised for each model, in the fleet's order
   */
  static PolicyFigures of(
      Policies.Policy policy,
      int gpus,
      LabResult result,
      LabResult.Slo slo,
      List<Optional<Duration>> bounds) {
    var values = new EnumMap<Figure, Double>(Figure.class);
    values.put(Figure.SLO_ATTAINMENT, result.attainment(slo));
    values.put(Figure.TTFT_P50, result.firstTokenSeconds(0.50));
    values.put(Figure.TTFT_P95, result.firstTokenSeconds(0.95));
    values.put(Figure.TTFT_P99, result.firstTokenSeconds(0.99));
    values.put(Figure.WAIT_P50, result.waitSeconds(0.50));
    values.put(Figure.WAIT_P95, result.waitSeconds(0.95));
    values.put(Figure.WAIT_P99, result.waitSeconds(0.99));
    values.put(Figure.WAIT_MAX, result.longestWaitSeconds());
    values.put(Figure.SWAPS, (double) result.wakes());
    values.put(Figure.SWAP_BYTES, result.loadBytes());
    values.put(Figure.SWAP_SECONDS, result.loadSeconds());
    double least = result.lowerBoundSeconds();
    values.put(Figure.LOWER_BOUND, least);
    if (least > 0) {
      values.put(Figure.DISTANCE, result.loadSeconds() / least);
    }
    values.put(Figure.GPU_SERVING, result.busyShare());
    values.put(Figure.JAIN, result.jain(slo));
    values.put(Figure.THRASH, (double) result.thrashed());
    values.put(Figure.WASTED, (double) result.wasted());
    values.put(Figure.CUT, (double) result.cut());
    values.put(Figure.LOST, (double) result.lost());
    long over = 0;
    var modelWaits = new ArrayList<Double>();
    for (int model = 0; model < bounds.size(); model++) {
      modelWaits.add(rounded(result.waitSeconds(model, 0.99)));
      if (bounds.get(model).isPresent()) {
        over += result.waitedLonger(model, bounds.get(model).get());
      }
    }
    values.put(Figure.BOUND_VIOLATIONS, (double) over);
    values.replaceAll((figure, value) -> rounded(value));
    return new PolicyFigures(policy, gpus, values, waits(result), modelWaits);
  }

  /** With one more figure. */
  PolicyFigures with(Figure figure, double value) {
    var more = new EnumMap<>(values);
    more.put(figure, rounded(value));
    return new PolicyFigures(policy, gpus, more, waits, modelWaits);
  }

  private static List<WaitPoint> waits(LabResult result) {
    double decades = Math.max(1, Math.log10(Math.max(1, result.requests())));
    int points = (int) Math.ceil(decades * POINTS_A_DECADE);
    var waits = new ArrayList<WaitPoint>();
    for (int i = 0; i <= points; i++) {
      double share = 1 - Math.pow(10, -decades * i / points);
      waits.add(new WaitPoint(rounded(share), rounded(result.waitSeconds(share))));
    }
    waits.add(new WaitPoint(1, rounded(result.longestWaitSeconds())));
    return waits;
  }

  /** To a microsecond, which is all that is simulated. */
  private static double rounded(double value) {
    return Math.round(value * 1e6) / 1e6;
  }

  /** A figure that every policy has. */
  public double get(Figure figure) {
    return find(figure).orElse(0);
  }

  public OptionalDouble find(Figure figure) {
    Double value = values.get(figure);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  public String name() {
    return policy.name();
  }

  public Policies.Role role() {
    return policy.role();
  }
}
