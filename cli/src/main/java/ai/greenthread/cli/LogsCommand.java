package ai.greenthread.cli;

import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.LogQuery;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Human;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gtctl logs}: what a Model's inference server wrote. */
@Command(name = "logs", header = "Show the log of a Model's inference server")
final class LogsCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private ModelFinder finder = new ModelFinder();

  @Parameters(paramLabel = "NAME", description = "The Model.")
  private String name = "";

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what is written from now on.")
  private boolean follow;

  @Option(
      names = "--tail",
      paramLabel = "N",
      description = "Only the last N lines (default: ${DEFAULT-VALUE}).")
  private int tail = 200;

  @Option(
      names = "--replica",
      paramLabel = "N",
      description = "Whose log, of a Model with several replicas (default: 0).")
  private Optional<Integer> replica = Optional.empty();

  LogsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (replica.orElse(0) < 0) {
      throw new CliException(
          ExitCode.USAGE,
          "--replica cannot be negative: " + replica.orElse(0),
          "the first is --replica 0");
    }
    if (tail < 0) {
      throw new CliException(
          ExitCode.USAGE, "--tail cannot be negative: " + tail, "for new lines only: --tail 0 -f");
    }
    try (Engine engine = session.connect(finder.reach(List.of(name)));
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    engine.logs(
                        finder.require(engine, name).ref(),
                        new LogQuery(
                            tail,
                            follow,
                            replica.map(OptionalInt::of).orElse(OptionalInt.empty()))),
                    StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (line != null) {
        session.println(Human.harmless(line));
        line = lines.readLine();
      }
      return ExitCode.OK;
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "the log of " + name + " broke off",
          "see whether the engine is still up: gtctl status",
          e);
    }
  }
}
