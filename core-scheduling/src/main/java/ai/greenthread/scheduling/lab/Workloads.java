package ai.greenthread.scheduling.lab;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes workloads: traces of few services spread over many models, and synthetic ones. */
public final class Workloads {
  private Workloads() {}

  /**
   * Gives each request to one of {@code models} models by chance, the k-th with a weight of 1/k to
   * the power of {@code skew}. Arrivals and lengths stay as they were.
   */
  public static List<Arrival> spread(
      Collection<Arrival> trace, int models, double skew, RandomGenerator random) {
    double[] upTo = zipf(models, skew);
    return trace.stream()
        .map(arrival ->
            new Arrival(
                arrival.micros(),
                pick(upTo, random),
                arrival.contextTokens(),
                arrival.generatedTokens()))
        .sorted(Comparator.comparingLong(Arrival::micros))
        .toList();
  }

  /**
   * Independent arrivals, some of them in bursts: each model has quiet and busy times of
   * exponential length, and arrives only while busy.
   *
   * @param perSecond of all models together, on average
   * @param busyShare share of its time in which a model is busy; 1 for plain Poisson arrivals
   */
  public static List<Arrival> bursts(
      int models,
      double skew,
      double perSecond,
      double busyShare,
      double seconds,
      RandomGenerator random) {
    double[] upTo = zipf(models, skew);
    var arrivals = new ArrayList<Arrival>();
    for (int model = 0; model < models; model++) {
      double share = upTo[model] - (model == 0 ? 0 : upTo[model - 1]);
      double rate = perSecond * share / busyShare;
      double busySeconds = 30;
      double quietSeconds = busySeconds * (1 - busyShare) / busyShare;
      double at = random.nextExponential() * quietSeconds;
      while (at < seconds) {
        double end = Math.min(seconds, at + random.nextExponential() * busySeconds);
        double next = at + random.nextExponential() / rate;
        while (next < end) {
          arrivals.add(
              new Arrival(
                  Math.round(next * 1e6),
                  model,
                  (int) Math.ceil(random.nextExponential() * 1_000) + 10,
                  (int) Math.ceil(random.nextExponential() * 150) + 1));
          next += random.nextExponential() / rate;
        }
        at = end + random.nextExponential() * quietSeconds;
      }
    }
    arrivals.sort(Comparator.comparingLong(Arrival::micros));
    return arrivals;
  }

  /** Running totals of the shares of the models. */
  private static double[] zipf(int models, double skew) {
    if (models < 1) {
      throw new IllegalArgumentException("a workload needs a model");
    }
    double[] upTo = new double[models];
    double sum = 0;
    for (int i = 0; i < models; i++) {
      sum += Math.pow(i + 1, -skew);
      upTo[i] = sum;
    }
    for (int i = 0; i < models; i++) {
      upTo[i] /= sum;
    }
    return upTo;
  }

  private static int pick(double[] upTo, RandomGenerator random) {
    double draw = random.nextDouble();
    int model = 0;
    while (model < upTo.length - 1 && upTo[model] < draw) {
      model++;
    }
    return model;
  }
}
