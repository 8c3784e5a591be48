package ai.greenthread.cli;

import ai.greenthread.cli.simulate.FleetPlan;
import ai.greenthread.cli.simulate.InputProblems;
import ai.greenthread.cli.simulate.Loads;
import ai.greenthread.cli.simulate.RequestFile;
import ai.greenthread.cli.simulate.RequestFileReader;
import ai.greenthread.cli.text.Human;
import ai.greenthread.scheduling.lab.LabModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The requests of a simulation. */
final class SimulateLoadOptions {
  /** Most requests that are made up at a time. */
  private static final double MAX_MADE_UP = 5_000_000;

  static final class ShapeConverter implements ITypeConverter<Loads.Shape> {
    @Override
    public Loads.Shape convert(String value) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "zipf" -> Loads.Shape.ZIPF;
        case "aegaeon" -> Loads.Shape.AEGAEON;
        default ->
            throw new TypeConversionException(
                value.startsWith("-")
                    ? "there is no option " + value
                    : "'" + value + "' is none of zipf, aegaeon");
      };
    }
  }

  static final class Shapes implements Iterable<String> {
    @Override
    public java.util.Iterator<String> iterator() {
      return List.of("zipf", "aegaeon").iterator();
    }
  }

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description =
          "A trace without model names, spread over the models by --zipf: Azure LLM inference trace"
              + " (CSV), Mooncake (JSONL), or any log as for --from-log; repeatable.")
  private List<Path> traces = List.of();

  @Option(
      names = "--from-log",
      paramLabel = "FILE",
      description =
          "Your own log, CSV with a heading or one JSON object a line, with time (ISO 8601 or"
              + " seconds), model, prompt_tokens, completion_tokens; further columns are ignored;"
              + " repeatable.")
  private List<Path> logs = List.of();

  @Option(
      names = "--synthetic",
      paramLabel = "SHAPE",
      arity = "0..1",
      fallbackValue = "zipf",
      converter = ShapeConverter.class,
      completionCandidates = Shapes.class,
      description =
          "Made-up requests in bursts: zipf (default), or aegaeon, where 94 %% of the models get"
              + " 1.35 %% of the requests.")
  private Optional<Loads.Shape> synthetic = Optional.empty();

  @Option(
      names = "--zipf",
      paramLabel = "SKEW",
      description =
          "How unequal the models are: the k-th has a weight of 1/k to this power; 0 is even"
              + " (default: 1.0).")
  private double zipf = 1.0;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Made-up requests a second, of all models together (default: 4).")
  private double rate = 4;

  @Option(
      names = "--duration",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description = "How long made-up requests come in (default: 10m).")
  private Duration duration = Duration.ofMinutes(10);

  @Option(
      names = "--busy-share",
      paramLabel = "SHARE",
      description =
          "Share of its time in which a model gets made-up requests, in bursts of 30 s; 1 is no"
              + " bursts (default: 0.3).")
  private double busyShare = 0.3;

  @Option(
      names = "--skip-bad-lines",
      description = "Leave lines out that cannot be read, and say how many.")
  private boolean skipBadLines;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of all that is drawn by chance; the same seed, the same report (default: 1).")
  long seed = 1;

  boolean isLog() {
    return !logs.isEmpty();
  }

  /** All that it reads. */
  List<Path> inputs() {
    return Stream.concat(traces.stream(), logs.stream()).toList();
  }

  /**
   * Says what the options of the load contradict one another in.
   *
   * @param given whether an option stands on the command line
   */
  void check(Predicate<String> given, List<String> problems) {
    long kinds = Stream.of("--trace", "--from-log", "--synthetic").filter(given).count();
    if (kinds == 0) {
      problems.add("there are no requests to simulate: give --trace, --from-log or --synthetic");
    } else if (kinds > 1) {
      problems.add("--trace, --from-log and --synthetic go not together: give one of them");
    } else {
      needless(given.test("--synthetic"))
          .forEach((option, why) -> {
            if (given.test(option)) {
              problems.add(option + " goes not with " + why);
            }
          });
    }
    if (!(zipf >= 0 && zipf <= 10)) {
      problems.add("--zipf " + zipf + " is not a number from 0 to 10");
    }
    if (!(busyShare > 0 && busyShare <= 1)) {
      problems.add("--busy-share " + busyShare + " is not a number above 0 and up to 1");
    }
    if (!(rate > 0 && rate <= 1e6)) {
      problems.add("--rate " + rate + " is not a number above 0 and up to 1000000");
    } else if (rate * duration.toSeconds() > MAX_MADE_UP) {
      problems.add(
          String.format(
              Locale.ROOT,
              "--rate and --duration make %,.0f requests; at most %,.0f can be simulated",
              rate * duration.toSeconds(),
              MAX_MADE_UP));
    }
  }

  /** Options that would change nothing, in the order of the help; with what, and why not. */
  private Map<String, String> needless(boolean madeUp) {
    var needless = new LinkedHashMap<String, String>();
    if (isLog()) {
      needless.put("--zipf", "--from-log: the log says which model each request is for");
    } else if (synthetic.equals(Optional.of(Loads.Shape.AEGAEON))) {
      needless.put("--zipf", "--synthetic aegaeon: that is a skew of its own");
    }
    if (!madeUp) {
      String file = isLog() ? "--from-log: the log" : "--trace: the trace";
      for (String option : List.of("--rate", "--duration", "--busy-share")) {
        needless.put(option, file + " says when requests come");
      }
    } else {
      needless.put("--skip-bad-lines", "--synthetic: there are no lines to read");
    }
    if (isLog()) {
      needless.put("--seed", "--from-log: nothing is drawn by chance then");
    }
    return needless;
  }

  /** What was read; nothing yet of what is made up. */
  List<RequestFile> files(InputProblems problems) {
    var reader = new RequestFileReader(isLog(), skipBadLines, problems);
    var files = new ArrayList<RequestFile>();
    for (Path file : isLog() ? logs : traces) {
      reader.read(file).ifPresent(files::add);
    }
    return files;
  }

  /** The requests for a fleet whose models are known. */
  Loads.Made make(Collection<RequestFile> files, List<LabModel> models) {
    var random = new SplittableRandom(seed);
    if (isLog()) {
      return Loads.logged(files, models.stream().map(LabModel::name).toList());
    }
    return synthetic
        .map(shape ->
            Loads.synthetic(
                shape, models.size(), zipf, rate, busyShare, duration.toMillis() / 1e3, random))
        .orElseGet(() -> Loads.spread(files, models.size(), zipf, random));
  }

  /** The models that a fleet has or, where it says nothing of them, should have. */
  FleetPlan withModels(
      FleetPlan plan, Optional<Integer> count, List<RequestFile> files, InputProblems problems) {
    if (!isLog()) {
      return plan.models().isEmpty()
          ? plan.withModels(FleetPlan.madeUpNames(count.orElse(24)))
          : plan;
    }
    List<String> named = Loads.models(files);
    if (plan.models().isEmpty()) {
      return plan.withModels(named);
    }
    var known = new HashSet<>(plan.models().stream().map(LabModel::name).toList());
    // A name that is missing there is complained of already, and may be the one that is sought.
    if (known.contains("")) {
      return plan;
    }
    List<String> unknown = named.stream().filter(name -> !known.contains(name)).toList();
    unknown.stream()
        .limit(10)
        .forEach(name -> problems.add("the log asks for " + name + ", which the fleet file lacks"));
    if (unknown.size() > 10) {
      problems.add("and for " + Human.count(unknown.size() - 10, "more model") + " that it lacks");
    }
    return plan;
  }
}
