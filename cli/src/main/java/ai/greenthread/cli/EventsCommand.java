package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.EventFeed;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.domain.model.ModelRef;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gtctl events}: what happened, and what happens. */
@Command(
    name = "events",
    header = "Show wakes, sleeps, requests and what else happened",
    footer = {
      "",
      "gtctl events --follow                  until Ctrl-C",
      "gtctl events --model NAME --tail 100"
    })
final class EventsCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private OutputFormat format = new OutputFormat();
  @Mixin private ModelFinder finder = new ModelFinder();

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what happens from now on.")
  private boolean follow;

  @Option(names = "--model", paramLabel = "NAME", description = "Only this Model's.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--tail",
      paramLabel = "N",
      description = "Begin with the last N events (default: ${DEFAULT-VALUE}).")
  private int tail = 20;

  EventsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (tail < 0) {
      throw new CliException(
          ExitCode.USAGE, "--tail cannot be negative: " + tail, "for none of the past: --tail 0");
    }
    try (Engine engine = session.connect(finder.reach(model.stream().toList()))) {
      Optional<ModelRef> name = model.map(typed -> finder.require(engine, typed).ref());
      if (!follow) {
        RecentEvents.read(engine, name, tail).forEach(this::print);
        return ExitCode.OK;
      }
      try (EventFeed stream = engine.events(name, tail)) {
        Optional<EventLine> event = RecentEvents.next(stream);
        while (event.isPresent()) {
          print(event.get());
          event = RecentEvents.next(stream);
        }
      } catch (IOException e) {
        throw ended(e);
      }
      throw ended(new IOException("end of stream"));
    }
  }

  private static CliException ended(IOException cause) {
    return new CliException(
        ExitCode.NO_ENGINE,
        "the engine ended the stream of events",
        "see whether it is still up: gtctl status",
        cause);
  }

  private void print(EventLine event) {
    if (format.structured()) {
      session.println(format.formatInSequence(event.json()));
    } else if (!event.isState()) {
      session.println(event.text(session.palette()));
    }
  }
}
