package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.up.EngineSettings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gtctl up}: an engine on this machine. */
@Command(
    name = "up",
    header = "Start an engine on this machine",
    description =
        "It runs until Ctrl-C and shows what it does. With --detach it runs in the background,"
            + " until gtctl down.",
    footer = {
      "",
      "gtctl up                         the demo fleet, or what was applied before",
      "gtctl up --models fleet/         your own Models, followed as you edit them",
      "gtctl up --detach -o json        for a script: one JSON object when ready"
    })
final class UpCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private UpOptions options = new UpOptions();
  @Mixin private OutputFormat format = new OutputFormat();

  @Option(
      names = "--detach",
      description = "Run in the background; return once the Models can be used.")
  private boolean detach;

  UpCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (format.structured() && !detach) {
      throw new CliException(
          ExitCode.USAGE,
          "-o json and -o yaml go with --detach",
          "write: gtctl up --detach -o json");
    }
    DataDirectory directory =
        session.directory("up", "there it is installed with Helm: helm upgrade --install");
    StatusCommand.requireNone(directory);
    EngineSettings settings = options.settings(session, directory);
    return detach
        ? new Detached(session, directory, settings, options.readyTimeout(), format).run()
        : new Foreground(session, settings, options.readyTimeout(), true).run();
  }

  /** The process behind {@code gtctl up --detach}: the same without a person looking on. */
  @Command(name = "serve", hidden = true, description = "Run an engine without showing it.")
  static final class Serve implements Callable<Integer> {
    private final Session session;

    @Mixin private UpOptions options = new UpOptions();

    Serve(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      DataDirectory directory = session.directory();
      StatusCommand.requireNone(directory);
      EngineSettings settings = options.settings(session, directory);
      return new Foreground(session, settings, options.readyTimeout(), false).run();
    }
  }
}
