package ai.greenthread.bench;

import java.util.List;
import java.util.Optional;

/** A number over the rounds: the median and how far the rounds lie apart. */
record Spread(double median, double min, double max, int rounds) {

  /** Empty when there is no value; values that are not numbers do not count. */
  static Optional<Spread> of(List<Double> values) {
    double[] sorted =
        values.stream().mapToDouble(v -> v).filter(Double::isFinite).sorted().toArray();
    if (sorted.length == 0) {
      return Optional.empty();
    }
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return Optional.of(new Spread(median, sorted[0], sorted[sorted.length - 1], sorted.length));
  }
}
