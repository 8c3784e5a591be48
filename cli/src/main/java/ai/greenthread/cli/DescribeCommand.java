package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.DidYouMean;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code gtctl describe}: all that is known about one object, and why it is as it is. */
@Command(
    name = "describe",
    header = "Show all about a Model or a GPU",
    description = "State, conditions, replicas, events, and who waits for what.",
    synopsisSubcommandLabel = "model|gpu",
    footer = {
      "",
      "gtctl describe model NAME              why it is not awake, and what it waits for",
      "gtctl describe gpu 0                   who holds its memory, and who waits for it"
    })
final class DescribeCommand {
  /** Events shown with a Model. */
  private static final int EVENTS = 10;

  private DescribeCommand() {}

  static CommandLine build(Session session) {
    return new CommandLine(new DescribeCommand())
        .addSubcommand(new Model(session))
        .addSubcommand(new Gpu(session));
  }

  @Command(name = "model", aliases = "models", header = "Show all about a Model")
  static final class Model implements Callable<Integer> {
    private final Session session;

    @Mixin private OutputFormat format = new OutputFormat();
    @Mixin private ModelFinder finder = new ModelFinder();

    @Parameters(paramLabel = "NAME", description = "The Model.")
    private String name = "";

    Model(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      try (Engine engine = session.connect(finder.reach(List.of(name)))) {
        ModelView model = engine.closeUp(finder.require(engine, name));
        if (format.structured()) {
          session.println(format.format(model.json()));
          return ExitCode.OK;
        }
        List<EventLine> events = RecentEvents.read(engine, Optional.of(model.ref()), EVENTS);
        List<GpuView> gpus = session.gpus(engine, "who waits for which GPU").orElseGet(List::of);
        new ModelDescription(session, model, gpus, events).lines().forEach(session::println);
        return ExitCode.OK;
      }
    }
  }

  @Command(name = "gpu", aliases = "gpus", header = "Show all about a GPU, or about each")
  static final class Gpu implements Callable<Integer> {
    private final Session session;

    @Mixin private OutputFormat format = new OutputFormat();

    @Parameters(
        paramLabel = "NAME",
        arity = "0..1",
        description = "The GPU, by name or index (default: all).")
    private Optional<String> name = Optional.empty();

    Gpu(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      try (Engine engine = session.connect()) {
        List<GpuView> all = engine.gpus();
        List<GpuView> chosen = name.map(typed -> List.of(require(all, typed))).orElse(all);
        boolean first = true;
        for (GpuView gpu : chosen) {
          if (format.structured()) {
            session.println(
                chosen.size() == 1
                    ? format.format(gpu.json())
                    : format.formatInSequence(gpu.json()));
          } else {
            if (!first) {
              session.println("");
            }
            new GpuDescription(session, gpu).lines().forEach(session::println);
          }
          first = false;
        }
        return ExitCode.OK;
      }
    }

    private static GpuView require(List<GpuView> all, String typed) {
      List<String> names = all.stream().map(GpuView::name).toList();
      return all.stream()
          .filter(gpu -> gpu.name().equals(typed) || gpu.index().equals(typed))
          .findFirst()
          .orElseThrow(() ->
              new CliException(
                  ExitCode.NOT_FOUND,
                  "there is no GPU "
                      + typed
                      + DidYouMean.among(names, typed)
                          .map(guess -> "; did you mean " + guess + "?")
                          .orElse(""),
                  names.isEmpty()
                      ? "this engine has no GPU at all; see gtctl up --virtual-gpu"
                      : "there are: " + String.join(", ", names)));
    }
  }
}
