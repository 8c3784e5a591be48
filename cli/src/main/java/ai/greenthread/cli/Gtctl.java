package ai.greenthread.cli;

import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Terminal;
import ai.greenthread.cli.up.EngineStarter;
import ai.greenthread.cli.up.StandaloneStarter;
import ai.greenthread.cli.up.StopSignal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** gtctl, the command line of GreenThread. */
@Command(
    name = "gtctl",
    description = "Run many AI models on few GPUs: a request wakes a model, a rule makes room.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:ok",
      "1:the operation failed",
      "2:the command line is wrong",
      "3:no engine is up, or it does not answer",
      "4:what was named does not exist",
      "5:a manifest is not valid; nothing was applied"
    },
    footer = {
      "",
      "First steps:",
      "  gtctl up                       start an engine here, with a demo fleet",
      "  gtctl get models               in another terminal: what there is",
      "  gtctl chat NAME \"Hello\"       ask one of them, which wakes it",
      "  gtctl status --watch           look on while Models wake and sleep",
      "  gtctl --context CLUSTER get models",
      "                                 the same for an engine on Kubernetes",
      "  gtctl COMMAND --help           what a command can do"
    })
public final class Gtctl implements Callable<Integer> {
  /** Pause between two looks at the engine: short beside what a person notices. */
  private static final Duration POLL = Duration.ofMillis(500);

  @Mixin private GlobalOptions options = new GlobalOptions();

  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  private Gtctl() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(
        createCommandLine(realSurroundings(new StandaloneStarter(home()), Gtctl.class))
            .execute(args));
  }

  /** The whole command line, wired to the given surroundings; {@code execute} runs a command. */
  public static CommandLine createCommandLine(Surroundings around) {
    Gtctl root = new Gtctl();
    Session session = new Session(around, root.options);
    CommandLine commands =
        new CommandLine(root)
            .addSubcommand(new UpCommand(session))
            .addSubcommand(new DownCommand(session))
            .addSubcommand(new StatusCommand(session))
            .addSubcommand(new ApplyCommand(session))
            .addSubcommand(DeleteCommand.build(session))
            .addSubcommand(GetCommand.build(session))
            .addSubcommand(DescribeCommand.build(session))
            .addSubcommand(new TransitionCommand.Wake(session))
            .addSubcommand(new TransitionCommand.Sleep(session))
            .addSubcommand(new ChatCommand(session))
            .addSubcommand(new LogsCommand(session))
            .addSubcommand(new EventsCommand(session))
            .addSubcommand(SimulateCommand.build(session))
            .addSubcommand(new VersionCommand(session))
            .addSubcommand(new CompletionCommand(session))
            .addSubcommand(new UpCommand.Serve(session))
            .addSubcommand(new HelpCommand());
    addHelpOption(commands);
    return commands
        .setOut(around.out())
        .setErr(around.err())
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(session.palette().enabled() ? Ansi.ON : Ansi.OFF))
        .setUsageHelpAutoWidth(around.terminal().out())
        .setExecutionExceptionHandler((e, _, _) -> Failures.onExecution(session, e))
        .setParameterExceptionHandler((e, _) -> Failures.onUsage(session, e));
  }

  /** Without a command: what there is to read first. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitCode.OK;
  }

  private static void addHelpOption(CommandLine command) {
    if (!(command.getCommand() instanceof HelpCommand)) {
      command.getCommandSpec().mixinStandardHelpOptions(true);
      command.getCommandSpec().versionProvider(new VersionCommand.Provider());
    }
    // As declared: a command's own options first, then those that all have.
    command.getCommandSpec().usageMessage().sortOptions(false);
    command.getSubcommands().values().forEach(Gtctl::addHelpOption);
  }

  /** Where GreenThread is installed, as the launcher says; else the working directory. */
  private static Path home() {
    return Path.of(System.getProperty("greenthread.home", "")).toAbsolutePath();
  }

  static Surroundings realSurroundings(EngineStarter starter, Class<?> main) {
    // UTF-8 whatever the locale says: JSON is, and terminals are.
    PrintWriter out =
        new PrintWriter(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintWriter err =
        new PrintWriter(new FileOutputStream(FileDescriptor.err), false, StandardCharsets.UTF_8);
    return new Surroundings(
        System.getenv(),
        Path.of(System.getProperty("user.home")),
        System.in,
        out,
        err,
        Terminal.detect(),
        InstantSource.system(),
        POLL,
        starter,
        () -> new StopSignal().listen(),
        relaunch(main));
  }

  /** The command that started this process, as far as the main class. */
  private static List<String> relaunch(Class<?> main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    return command;
  }
}
