package ai.greenthread.cli;

import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.simulate.FleetPlan;
import ai.greenthread.cli.simulate.InputFiles;
import ai.greenthread.cli.simulate.InputProblems;
import ai.greenthread.cli.simulate.Loads;
import ai.greenthread.cli.simulate.Policies;
import ai.greenthread.cli.simulate.ReportCsv;
import ai.greenthread.cli.simulate.ReportJson;
import ai.greenthread.cli.simulate.ReportText;
import ai.greenthread.cli.simulate.RequestFile;
import ai.greenthread.cli.simulate.Simulation;
import ai.greenthread.cli.simulate.SimulationReport;
import ai.greenthread.cli.simulate.html.HtmlReport;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Progress;
import ai.greenthread.scheduling.lab.LabFleet;
import ai.greenthread.scheduling.lab.LabResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code gtctl simulate}: which policy, and how many GPUs, for a load. */
@Command(
    name = "simulate",
    header = "Compare policies on a trace, and count the GPUs it needs",
    description = {
      "Runs the scheduling policies of GreenThread and rivals over requests, in virtual time on a"
          + " described fleet, and says how long requests would have waited. It needs no engine and"
          + " no GPU and starts no model.",
      ""
    },
    footer = {
      "",
      "Sizes are written like 30GiB, rates like 25GB/s, durations like 90s or 5m.",
      "",
      "gtctl simulate --synthetic",
      "                     made-up requests on the default fleet",
      "gtctl simulate --from-log access.jsonl --gpus 8 --report report.html",
      "                     your own requests, as a page with plots",
      "gtctl simulate --trace AzureLLMInferenceTrace_conv.csv --models 24",
      "                     a public trace, spread over 24 models",
      "gtctl simulate --from-log access.csv --fleet fleet.yaml --how-many-gpus",
      "                     how many GPUs would do",
      "gtctl simulate --synthetic --policy bounded --policy documented -o csv",
      "                     two policies, for a spreadsheet"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:ok, whatever the figures say",
      "1:a file cannot be read or written",
      "2:the command line is wrong",
      "4:a file does not exist",
      "5:a trace, a log or the fleet is not valid; nothing was simulated"
    })
final class SimulateCommand implements Callable<Integer> {
  /** How the report is printed. */
  enum Kind {
    TABLE,
    JSON,
    CSV
  }

  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("table", "json", "csv").iterator();
    }
  }

  static final class KindConverter implements ITypeConverter<Kind> {
    @Override
    public Kind convert(String value) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "table" -> Kind.TABLE;
        case "json" -> Kind.JSON;
        case "csv" -> Kind.CSV;
        default -> throw new TypeConversionException("'" + value + "' is none of table, json, csv");
      };
    }
  }

  static final class PolicyNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Policies.all().stream().map(Policies.Policy::name).iterator();
    }
  }

  private final Session session;

  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Mixin private SimulateLoadOptions load = new SimulateLoadOptions();
  @Mixin private SimulateFleetOptions fleet = new SimulateFleetOptions();

  @Option(
      names = "--policy",
      paramLabel = "NAME[:SETTING=VALUE]",
      completionCandidates = PolicyNames.class,
      description =
          "Only this policy; repeatable (default: all). bounded and documented can have settings of"
              + " their own, minRuntime and maxWaitTime: bounded:minRuntime=1s.%nOne of:"
              + " ${COMPLETION-CANDIDATES}.")
  private List<String> names = List.of();

  @Option(
      names = "--slo-ttft",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description = "Promised from request to first token (default: 10s).")
  private Duration firstToken = Duration.ofSeconds(10);

  @Option(
      names = "--slo-tbt",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description = "Promised between two tokens, on average (default: 100ms).")
  private Duration betweenTokens = Duration.ofMillis(100);

  @Option(
      names = "--how-many-gpus",
      description =
          "Also search for the fewest GPUs with which each policy answers --slo-attainment of the"
              + " requests as promised. Takes some ten times as long.")
  private boolean howManyGpus;

  @Option(
      names = "--slo-attainment",
      paramLabel = "SHARE",
      description =
          "Share of requests to be answered as promised; a fleet with which no policy does is"
              + " called too small (default: 0.95).")
  private double attainment = 0.95;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      completionCandidates = Kinds.class,
      converter = KindConverter.class,
      description = "table (default), json or csv (a row for each policy).")
  private Kind kind = Kind.TABLE;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Also write a page of HTML with plots and explanations, which needs nothing else.")
  private Optional<Path> report = Optional.empty();

  private SimulateCommand(Session session) {
    this.session = session;
  }

  static CommandLine build(Session session) {
    CommandLine command = new CommandLine(new SimulateCommand(session));
    command.registerConverter(double.class, new Arguments.NumberConverter());
    command.registerConverter(int.class, new Arguments.IntConverter());
    command.registerConverter(Integer.class, new Arguments.IntConverter());
    command.registerConverter(long.class, new Arguments.LongConverter());
    command.getCommandSpec().parser().collectErrors(true);
    return command;
  }

  @Override
  public Integer call() {
    checkOptions();
    Simulation simulation = simulation();
    SimulationReport result = run(simulation);
    switch (kind) {
      case TABLE -> ReportText.lines(result, session.palette()).forEach(session::println);
      case JSON -> session.println(Json.pretty(ReportJson.of(result)));
      case CSV -> ReportCsv.lines(result).forEach(session::println);
    }
    report.ifPresent(file -> write(file, HtmlReport.of(result)));
    return ExitCode.OK;
  }

  private void checkOptions() {
    var problems = new ArrayList<String>();
    Set<String> wrong = unreadableOptions(problems);
    ParseResult given = spec.commandLine().getParseResult();
    load.check(option -> given.hasMatchedOption(option) || wrong.contains(option), problems);
    fleet.check(load.isLog(), problems);
    if (!(attainment > 0 && attainment <= 1)) {
      problems.add("--slo-attainment " + attainment + " is not a number above 0 and up to 1");
    }
    names.forEach(name -> Policies.named(name, problems));
    report.flatMap(SimulateCommand::whyUnwritable).ifPresent(problems::add);
    if (!problems.isEmpty()) {
      var hints = new ArrayList<>(problems.subList(1, problems.size()));
      hints.add("see: gtctl simulate --help");
      throw new CliException(ExitCode.USAGE, problems.getFirst(), hints);
    }
    InputFiles.check(
        Stream.concat(load.inputs().stream(), fleet.file.stream()).distinct().toList());
  }

  /**
   * Says which options have values that could not be read, and what else is wrong beside them.
   *
   * @return their names
   * @throws ParameterException for a command line that is wrong in another way alone
   */
  private Set<String> unreadableOptions(List<String> problems) {
    List<Exception> errors = spec.commandLine().getParseResult().errors();
    var names = new HashSet<String>();
    var others = new ArrayList<ParameterException>();
    for (Exception error : errors) {
      ParameterException wrong =
          error instanceof ParameterException known
              ? known
              : new ParameterException(
                  spec.commandLine(), String.valueOf(error.getMessage()), error);
      if (wrong.getCause() instanceof TypeConversionException
          && wrong.getArgSpec() instanceof OptionSpec option) {
        problems.add(String.valueOf(wrong.getMessage()));
        names.addAll(List.of(option.names()));
      } else {
        others.add(wrong);
      }
    }
    if (names.isEmpty() && !others.isEmpty()) {
      throw others.getFirst();
    }
    others.forEach(wrong -> problems.addAll(words(wrong)));
    return names;
  }

  private List<String> words(ParameterException wrong) {
    if (!(wrong instanceof UnmatchedArgumentException unmatched)) {
      return List.of(String.valueOf(wrong.getMessage()));
    }
    // A word alone is what is left of an option that --synthetic took for a shape.
    return unmatched.getUnmatched().stream()
        .filter(word -> word.startsWith("-"))
        .map(word -> spec.qualifiedName() + " knows no " + word)
        .toList();
  }

  /** Tries it, before minutes are spent on a page that has no place. */
  private static Optional<String> whyUnwritable(Path file) {
    if (Files.isDirectory(file)) {
      return Optional.of(
          "--report '"
              + file
              + "' is a directory: give a file, like "
              + file.resolve("report.html"));
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return Optional.of(
          "--report: there is no directory " + folder + ": make it, or give a file elsewhere");
    }
    boolean isThere = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // Whoever reads a pipe would take the trial for the whole page.
      return Optional.empty();
    }
    try {
      Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
      if (!isThere) {
        Files.delete(file);
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          "--report: cannot write "
              + file
              + ": "
              + InputFiles.reason(e)
              + "; give a file elsewhere");
    }
  }

  private Simulation simulation() {
    var problems = new InputProblems();
    FleetPlan described = fleet.plan(problems);
    List<RequestFile> files = load.files(problems);
    FleetPlan plan = load.withModels(described, fleet.models, files, problems);
    problems.throwIfAny();
    plan.check(problems);
    problems.throwIfAny();
    Loads.Made made = load.make(files, plan.models());
    if (made.arrivals().isEmpty()) {
      throw new CliException(
          ExitCode.USAGE,
          "no request came in the time that was to be made up",
          "give a longer --duration or a higher --rate");
    }
    LabFleet lab = plan.lab();
    return new Simulation(
        lab,
        made,
        new LabResult.Slo(firstToken, betweenTokens),
        load.seed,
        names.isEmpty() ? Policies.compared(lab) : chosen(),
        attainment,
        howManyGpus);
  }

  /** In the order of all, whatever that of the options. */
  private List<Policies.Policy> chosen() {
    List<String> order = Policies.all().stream().map(Policies.Policy::rule).toList();
    return names.stream()
        .distinct()
        .map(name -> Policies.named(name, new ArrayList<>()))
        .sorted(Comparator.comparingInt(policy -> order.indexOf(policy.rule())))
        .toList();
  }

  /** Only a person who looks on is told how far it is. */
  private SimulationReport run(Simulation simulation) {
    int threads = Runtime.getRuntime().availableProcessors();
    if (!session.around().terminal().err()) {
      return simulation.run(threads, _ -> {});
    }
    try (Progress progress = session.progress()) {
      progress.step("simulating " + Human.count(simulation.made().arrivals().size(), "request"));
      SimulationReport result = simulation.run(threads, progress::update);
      progress.done();
      return result;
    }
  }

  private void write(Path file, String page) {
    try {
      Files.writeString(file, page);
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "cannot write " + file + ": " + InputFiles.reason(e),
          "choose another place",
          e);
    }
    session.err().println("report written: " + file.toAbsolutePath().toUri());
    session.err().flush();
  }
}
