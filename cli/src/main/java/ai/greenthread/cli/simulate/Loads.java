package ai.greenthread.cli.simulate;

import ai.greenthread.cli.text.Human;
import ai.greenthread.scheduling.lab.Arrival;
import ai.greenthread.scheduling.lab.Workloads;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;

/** Makes the requests of a simulation out of what was read or described. */
public final class Loads {
  /** Parts of the time line that a report draws. */
  private static final int PARTS = 96;

  /**
   * Of the models and of the requests in Aegaeon's trace: the many that hardly anybody asks for.
   */
  private static final double COLD_MODELS = 0.941;

  private static final double COLD_REQUESTS = 0.0135;

  private Loads() {}

  /**
   * Requests and what is said of them.
   *
   * @param arrivals in order of time
   * @param words where they come from, a sentence each
   */
  public record Made(List<Arrival> arrivals, List<String> words) {}

  /** Which models synthetic requests are for. */
  public enum Shape {
    /** The k-th model is asked for 1/k as often to the power of the skew. */
    ZIPF,
    /** Few models get almost everything. */
    AEGAEON
  }

  /** Requests of traces that name no models, given to models by chance. */
  public static Made spread(
      Collection<RequestFile> files, int models, double skew, RandomGenerator random) {
    var arrivals = new ArrayList<Arrival>();
    var words = new ArrayList<String>();
    for (RequestFile file : files) {
      words.add(words(file));
      for (LoggedRequest request : file.requests()) {
        arrivals.add(
            new Arrival(request.micros(), 0, request.promptTokens(), request.generatedTokens()));
      }
    }
    if (files.size() > 1) {
      words.add("The files were laid over one another: each begins at 0 s.");
    }
    words.add(
        String.format(
            Locale.ROOT,
            "The trace names no models: each request was given to one of %d by chance, the k-th"
                + " with a weight of 1/k to the power of %s (Zipf).",
            models,
            plain(skew)));
    arrivals.sort(Comparator.comparingLong(Arrival::micros));
    return new Made(Workloads.spread(arrivals, models, skew, random), words);
  }

  /** Models that logs name, the one with most requests first. */
  public static List<String> models(Collection<RequestFile> files) {
    Map<String, Integer> counts = new HashMap<>();
    files.forEach(
        file -> file.requests().forEach(request -> counts.merge(request.model(), 1, Integer::sum)));
    return counts.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Requests of logs, which name their models.
   *
   * @param models the fleet's, in its order; all that the logs name are among them
   */
  public static Made logged(Collection<RequestFile> files, List<String> models) {
    Map<String, Integer> indices = new HashMap<>();
    for (int i = 0; i < models.size(); i++) {
      indices.put(models.get(i), i);
    }
    var arrivals = new ArrayList<Arrival>();
    for (RequestFile file : files) {
      for (LoggedRequest request : file.requests()) {
        arrivals.add(
            new Arrival(
                request.micros(),
                indices.getOrDefault(request.model(), 0),
                request.promptTokens(),
                request.generatedTokens()));
      }
    }
    arrivals.sort(Comparator.comparingLong(Arrival::micros));
    return new Made(arrivals, files.stream().map(Loads::words).toList());
  }

  /**
   * Requests that nobody ever sent.
   *
   * @param perSecond of all models together, on average
   * @param busyShare share of its time in which a model is asked for at all
   */
  public static Made synthetic(
      Shape shape,
      int models,
      double skew,
      double perSecond,
      double busyShare,
      double seconds,
      RandomGenerator random) {
    var arrivals = new ArrayList<Arrival>();
    int cold = shape == Shape.AEGAEON ? Math.min(models - 1, (int) (models * COLD_MODELS)) : 0;
    int hot = models - cold;
    double forHot = cold > 0 ? 1 - COLD_REQUESTS : 1;
    double hotSkew = shape == Shape.AEGAEON ? 0 : skew;
    arrivals.addAll(Workloads.bursts(hot, hotSkew, perSecond * forHot, busyShare, seconds, random));
    if (cold > 0) {
      Workloads.bursts(cold, 0, perSecond * COLD_REQUESTS, busyShare, seconds, random).stream()
          .map(
              a -> new Arrival(a.micros(), a.model() + hot, a.contextTokens(), a.generatedTokens()))
          .forEach(arrivals::add);
      arrivals.sort(Comparator.comparingLong(Arrival::micros));
    }
    String split =
        cold > 0
            ? String.format(
                Locale.ROOT,
                "%d of %d models share %.1f %% of the requests, the others all the rest (Aegaeon's"
                    + " skew).",
                cold,
                models,
                COLD_REQUESTS * 100)
            : "The k-th model is asked for with a weight of 1/k to the power of "
                + plain(skew)
                + " (Zipf).";
    return new Made(
        arrivals,
        List.of(
            String.format(
                Locale.ROOT,
                "Made up: %s requests a second on average over %s, each model in bursts: asked for"
                    + " in %s of its time.",
                plain(perSecond),
                Figure.seconds(seconds),
                Figure.share(busyShare)),
            split));
  }

  /** What reports say of the requests. */
  public static SimulationReport.Load describe(Made made) {
    List<Arrival> arrivals = made.arrivals();
    long end = arrivals.isEmpty() ? 0 : arrivals.getLast().micros();
    int[] parts = new int[PARTS];
    for (Arrival arrival : arrivals) {
      parts[(int) Math.min(PARTS - 1, arrival.micros() * PARTS / Math.max(1, end))]++;
    }
    var timeline = new ArrayList<Integer>();
    for (int part : parts) {
      timeline.add(part);
    }
    return new SimulationReport.Load(
        made.words(),
        arrivals.size(),
        end / 1e6,
        timeline,
        median(arrivals, Arrival::contextTokens),
        median(arrivals, Arrival::generatedTokens));
  }

  private static int median(List<Arrival> arrivals, ToIntFunction<Arrival> tokens) {
    int[] sorted = arrivals.stream().mapToInt(tokens).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }

  private static String words(RequestFile file) {
    var left = new ArrayList<String>();
    if (file.failed() > 0) {
      left.add(Human.count(file.failed(), "request") + " that failed");
    }
    if (file.unreadable() > 0) {
      left.add(Human.count(file.unreadable(), "line") + " that cannot be read");
    }
    return String.format(
        Locale.ROOT,
        "%s: %s, %,d requests over %s%s.",
        file.source(),
        file.format().words(),
        file.requests().size(),
        Figure.seconds(file.requests().getLast().micros() / 1e6),
        left.isEmpty() ? "" : "; left out: " + String.join(" and ", left));
  }

  private static String plain(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e9
        ? Long.toString((long) number)
        : Double.toString(number);
  }
}
