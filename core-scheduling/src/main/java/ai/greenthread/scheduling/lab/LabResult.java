package ai.greenthread.scheduling.lab;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What came of one {@link LabRun}. Waits are counted to the end of the run, whoever waited. */
public final class LabResult {
  /** A model that is woken so soon after it was put to sleep should not have been. */
  public static final Duration THRASH = Duration.ofSeconds(10);

  /**
   * What a user is promised.
   *
   * @param firstToken from sending the request
   * @param betweenTokens on average
   */
  public record Slo(Duration firstToken, Duration betweenTokens) {}

  private final String strategy;
  private final LabFleet fleet;
  private final List<Arrival> arrivals;
  private final long[] admitted;
  private final long[] first;
  private final double[] between;
  private final long[] ended;
  private final long[] waits;
  private final long[] firstTokens;
  private final int answered;
  private final int cut;
  private final int wakes;
  private final int thrashed;
  private final int wasted;
  private final double loadSeconds;
  private final double loadBytes;
  private final double busyShare;
  private final long end;

  private LabResult(Builder from, long end) {
    this.strategy = from.strategy;
    this.fleet = from.fleet;
    this.arrivals = from.arrivals;
    this.admitted = from.admitted;
    this.first = from.first;
    this.between = from.between;
    this.ended = from.ended;
    this.cut = from.cut;
    this.answered = from.done - from.cut;
    this.wakes = from.wakes;
    this.thrashed = from.thrashed;
    this.wasted = from.wasted;
    this.loadSeconds = from.loadSeconds;
    this.loadBytes = from.loadBytes;
    this.busyShare = end == 0 ? 0 : from.busyMicros / ((double) end * fleet.gpus().size());
    this.end = end;
    this.waits = new long[arrivals.size()];
    this.firstTokens = new long[arrivals.size()];
    for (int i = 0; i < waits.length; i++) {
      long arrived = arrivals.get(i).micros();
      waits[i] = (admitted[i] < 0 ? end : admitted[i]) - arrived;
      firstTokens[i] = (first[i] < 0 ? end : first[i]) - arrived;
    }
    Arrays.sort(waits);
    Arrays.sort(firstTokens);
  }

  public String strategy() {
    return strategy;
  }

  public int requests() {
    return arrivals.size();
  }

  /** Requests that were answered to the end. */
  public int answered() {
    return answered;
  }

  /** Requests whose answer a drain deadline cut off. */
  public int cut() {
    return cut;
  }

  /** Requests that never got an end: a strategy that starves somebody. */
  public int lost() {
    return arrivals.size() - answered - cut;
  }

  /** Wait for the model to serve, in seconds; {@code share} of all requests waited no longer. */
  public double waitSeconds(double share) {
    return at(waits, share);
  }

  /** The longest wait for a model to serve, in seconds. */
  public double longestWaitSeconds() {
    return at(waits, 1);
  }

  /** From arrival to first token, in seconds. */
  public double firstTokenSeconds(double share) {
    return at(firstTokens, share);
  }

  private static double at(long[] sorted, double share) {
    if (sorted.length == 0) {
      return 0;
    }
    int index = (int) Math.ceil(share * sorted.length) - 1;
    return sorted[Math.clamp(index, 0, sorted.length - 1)] / 1e6;
  }

  /** Wait of the requests for one model alone, in seconds; 0 where there are none. */
  public double waitSeconds(int model, double share) {
    return at(waitsFor(model), share);
  }

  /** Requests for one model that waited longer than {@code bound}. */
  public long waitedLonger(int model, Duration bound) {
    long limit = bound.toNanos() / 1_000;
    return Arrays.stream(waitsFor(model)).filter(wait -> wait > limit).count();
  }

  private long[] waitsFor(int model) {
    return IntStream.range(0, arrivals.size())
        .filter(i -> arrivals.get(i).model() == model)
        .mapToLong(i -> (admitted[i] < 0 ? end : admitted[i]) - arrivals.get(i).micros())
        .sorted()
        .toArray();
  }

  /** Share of requests that were answered as promised. */
  public double attainment(Slo slo) {
    int kept = 0;
    for (int i = 0; i < arrivals.size(); i++) {
      kept += kept(i, slo) ? 1 : 0;
    }
    return arrivals.isEmpty() ? 1 : kept / (double) arrivals.size();
  }

  private boolean kept(int request, Slo slo) {
    return ended[request] >= 0
        && first[request] - arrivals.get(request).micros() <= slo.firstToken().toNanos() / 1_000
        && between[request] <= slo.betweenTokens().toNanos() / 1e3;
  }

  /**
   * Jain's index over the models' shares of requests answered as promised: 1 when all models fare
   * alike, 1/n when one of n gets everything.
   */
  public double jain(Slo slo) {
    double[] kept = new double[fleet.models().size()];
    double[] asked = new double[kept.length];
    for (int i = 0; i < arrivals.size(); i++) {
      int model = arrivals.get(i).model();
      asked[model]++;
      kept[model] += kept(i, slo) ? 1 : 0;
    }
    double sum = 0;
    double squares = 0;
    int models = 0;
    for (int i = 0; i < kept.length; i++) {
      if (asked[i] > 0) {
        double share = kept[i] / asked[i];
        sum += share;
        squares += share * share;
        models++;
      }
    }
    return squares == 0 ? 1 : sum * sum / (models * squares);
  }

  public int wakes() {
    return wakes;
  }

  /** Wakes that came within {@link #THRASH} of the same model's going to sleep. */
  public int thrashed() {
    return thrashed;
  }

  /** Wakes that served nobody. */
  public int wasted() {
    return wasted;
  }

  /** Swap work: time that loads would have taken if each had had the host for itself. */
  public double loadSeconds() {
    return loadSeconds;
  }

  public double loadBytes() {
    return loadBytes;
  }

  /** Share of all devices' time in which some request ran on them. */
  public double busyShare() {
    return busyShare;
  }

  /**
   * Least swap work of any policy whose requests wait no longer than this one's did, in seconds.
   */
  public double lowerBoundSeconds() {
    return LowerBound.loadSeconds(arrivals, fleet, Math.round(longestWaitSeconds() * 1e6));
  }

  /** Collects while a run goes on. */
  static final class Builder {
    private final String strategy;
    private final LabFleet fleet;
    private final List<Arrival> arrivals;
    private final long[] admitted;
    private final long[] first;
    private final double[] between;
    private final long[] ended;
    private final long[] sleptAt;
    private int done;
    private int cut;
    private int wakes;
    private int thrashed;
    private int wasted;
    private double loadSeconds;
    private double loadBytes;
    private double busyMicros;

    Builder(String strategy, LabFleet fleet, List<Arrival> arrivals) {
      this.strategy = strategy;
      this.fleet = fleet;
      this.arrivals = arrivals;
      this.admitted = never(arrivals.size());
      this.first = never(arrivals.size());
      this.ended = never(arrivals.size());
      this.between = new double[arrivals.size()];
      this.sleptAt = never(fleet.models().size());
    }

    private static long[] never(int size) {
      long[] times = new long[size];
      Arrays.fill(times, -1);
      return times;
    }

    void admitted(int request, long at) {
      admitted[request] = at;
    }

    void firstToken(int request, long at, double microsBetween) {
      first[request] = at;
      between[request] = microsBetween;
    }

    void ended(int request, long at) {
      ended[request] = at;
      done++;
    }

    void cut() {
      cut++;
      done++;
    }

    void busy(double micros) {
      busyMicros += micros;
    }

    void woken(int model, long at) {
      wakes++;
      loadSeconds += fleet.loadSeconds(model);
      LabModel which = fleet.models().get(model);
      loadBytes += which.weightsPerGpu().count() * (double) which.gpus();
      if (sleptAt[model] >= 0 && at - sleptAt[model] <= THRASH.toNanos() / 1_000) {
        thrashed++;
      }
    }

    void slept(int model, long at, long served) {
      sleptAt[model] = at;
      wasted += served == 0 ? 1 : 0;
    }

    boolean isComplete() {
      return done == arrivals.size();
    }

    LabResult build(long end) {
      return new LabResult(this, end);
    }
  }
}
