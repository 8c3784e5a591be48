package ai.greenthread.engine;

import ai.greenthread.engine.agent.AgentCommand;
import ai.greenthread.engine.controller.ControllerCommand;
import ai.greenthread.engine.sidecar.SidecarCommand;
import ai.greenthread.engine.webhook.WebhookCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The image's entry point: which of the engine's processes this one is. */
@Command(
    name = "greenthread-engine",
    description = "GreenThread's engine on Kubernetes; each process of it is a sub-command.",
    synopsisSubcommandLabel = "PROCESS",
    mixinStandardHelpOptions = true)
public final class Engine implements Callable<Integer> {
  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  private Engine() {}

  /** Runs one process until it is told to end, and ends with its exit code. */
  public static void main(String[] args) {
    System.exit(createCommandLine().execute(args));
  }

  /** The whole command line. */
  public static CommandLine createCommandLine() {
    return new CommandLine(new Engine())
        .addSubcommand(new ControllerCommand())
        .addSubcommand(new WebhookCommand())
        .addSubcommand(new AgentCommand())
        .addSubcommand(new SidecarCommand())
        .addSubcommand(new RuntimeCommand())
        .addSubcommand(new HelpCommand())
        .setUsageHelpAutoWidth(true);
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say which process this is");
  }
}
