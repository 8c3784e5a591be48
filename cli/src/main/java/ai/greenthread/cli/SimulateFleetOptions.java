package ai.greenthread.cli;

import ai.greenthread.cli.simulate.FleetFileReader;
import ai.greenthread.cli.simulate.FleetPlan;
import ai.greenthread.cli.simulate.InputProblems;
import ai.greenthread.cli.simulate.ModelShape;
import ai.greenthread.cli.simulate.Sizes;
import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.SleepSettings;
import ai.greenthread.scheduling.lab.LabModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The fleet of a simulation. */
final class SimulateFleetOptions {
  /** {@code 25GB/s}. */
  static final class RateConverter implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      return Sizes.parseRate(value)
          .orElseThrow(() ->
              new TypeConversionException("'" + value + "' is not a rate; write it like 25GB/s"));
    }
  }

  @Option(
      names = "--fleet",
      paramLabel = "FILE",
      description =
          "GPUs and models from a YAML file (docs/simulate.md); what it does not say is as the"
              + " options below have it.")
  Optional<Path> file = Optional.empty();

  @Option(names = "--gpus", paramLabel = "N", description = "GPUs in the host (default: 4).")
  private int gpus = 4;

  @Option(
      names = "--gpu-memory",
      paramLabel = "SIZE",
      converter = Arguments.SizeConverter.class,
      description = "Memory of each GPU (default: 80GiB).")
  private Bytes gpuMemory = Bytes.ofGiB(80);

  @Option(
      names = "--link",
      paramLabel = "RATE",
      converter = RateConverter.class,
      description = "From host memory to one GPU (default: 25GB/s).")
  private double link = 25e9;

  @Option(
      names = "--host-link",
      paramLabel = "RATE",
      converter = RateConverter.class,
      description = "From host memory to all GPUs together (default: 50GB/s).")
  private double hostLink = 50e9;

  @Option(
      names = "--models",
      paramLabel = "N",
      description =
          "Models that share the GPUs (default: 24; with --from-log those that the log names).")
  Optional<Integer> models = Optional.empty();

  @Option(
      names = "--model-size",
      paramLabel = "SIZE",
      converter = Arguments.SizeConverter.class,
      description = "Weights of each model, which a wake brings to its GPU (default: 30GiB).")
  private Bytes size = Bytes.ofGiB(30);

  @Option(
      names = "--model-memory",
      paramLabel = "SIZE",
      converter = Arguments.SizeConverter.class,
      description =
          "What a model takes of its GPU while it serves, cache included (default: as much as its"
              + " weights).")
  private Optional<Bytes> memory = Optional.empty();

  @Option(
      names = "--residual",
      paramLabel = "SIZE",
      converter = Arguments.SizeConverter.class,
      description =
          "What stays on the GPU while a model sleeps; vLLM keeps 1GiB or more (default: nothing).")
  private Bytes residual = Bytes.ZERO;

  @Option(
      names = "--unload",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description =
          "From the last request of a model that goes to sleep to its memory being back (default:"
              + " 200ms).")
  private Duration unload = Duration.ofMillis(200);

  @Option(
      names = "--prompt-rate",
      paramLabel = "N",
      description = "Prompt tokens that a server reads a second (default: 8000).")
  private double promptRate = 8_000;

  @Option(
      names = "--token-time",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description = "Between two tokens of a request that runs alone (default: 20ms).")
  private Duration token = Duration.ofMillis(20);

  @Option(
      names = "--slowdown",
      paramLabel = "SHARE",
      description =
          "Share of that by which each further request beside it slows it down (default: 0.02).")
  private double slowdown = 0.02;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Most requests that a server runs at a time (default: 64).")
  private int batch = 64;

  @Option(
      names = "--min-runtime",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description = "Serving time granted before a model may be put to sleep (default: 10s).")
  private Duration minRuntime = Fairness.DEFAULT.minRuntime();

  @Option(
      names = "--max-wait-time",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description = "How long a model waits before it forces a busy one out (default: 5s).")
  private Duration maxWaitTime = Fairness.DEFAULT.maxWaitTime();

  @Option(
      names = "--idle-timeout",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description = "A model without requests for so long sleeps by itself (default: 10m).")
  private Duration idleTimeout = SleepSettings.DEFAULT.idleTimeout();

  @Option(
      names = "--drain-timeout",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description =
          "Longest that requests in flight may hold up a sleep; then they are cut off (default:"
              + " 30s).")
  private Duration drainTimeout = SleepSettings.DEFAULT.drainTimeout();

  /** Says what the options of the fleet contradict one another in. */
  void check(boolean fromLog, List<String> problems) {
    if (models.isPresent() && fromLog) {
      problems.add("--models goes not with --from-log: the log names its models");
    }
    if (models.isPresent() && file.isPresent()) {
      problems.add("--models goes not with --fleet: the file lists its models");
    }
    between("--gpus", gpus, FleetPlan.MAX_GPUS, problems);
    between("--models", models.orElse(1), FleetPlan.MAX_MODELS, problems);
    between("--batch", batch, 100_000, problems);
    hasUnit("--gpu-memory", gpuMemory, problems);
    hasUnit("--model-size", size, problems);
    memory.ifPresent(bytes -> hasUnit("--model-memory", bytes, problems));
    if (!residual.isZero()) {
      hasUnit("--residual", residual, problems);
    }
    if (!(promptRate > 0 && promptRate <= 1e12)) {
      problems.add("--prompt-rate " + promptRate + " is not a number above 0");
    }
    if (!(slowdown >= 0 && slowdown <= 10)) {
      problems.add("--slowdown " + slowdown + " is not a number from 0 to 10");
    }
  }

  private static void hasUnit(String option, Bytes value, List<String> problems) {
    if (!Sizes.LEAST.fitsIn(value)) {
      problems.add(option + " is " + value + ": write it with its unit, like 30GiB");
    }
  }

  private static void between(String option, int value, int most, List<String> problems) {
    if (value < 1 || value > most) {
      problems.add(option + " " + value + " is not a number from 1 to " + most);
    }
  }

  /** The fleet; its models are missing where neither options nor file name any. */
  FleetPlan plan(InputProblems problems) {
    var shape =
        new ModelShape(
            1,
            size,
            memory,
            residual,
            unload,
            new LabModel.Speed(promptRate, token, slowdown, batch),
            new Fairness(minRuntime, maxWaitTime, false),
            new SleepSettings(idleTimeout, drainTimeout));
    var plan =
        new FleetPlan(Collections.nCopies(gpus, gpuMemory), link, hostLink, List.of(), shape);
    return file.isPresent() ? FleetFileReader.read(file.get(), plan, problems) : plan;
  }
}
