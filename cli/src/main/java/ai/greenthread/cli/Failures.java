package ai.greenthread.cli;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.DidYouMean;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Palette;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How failures look: what was wrong, then what to do, then nothing. */
final class Failures {
  private Failures() {}

  static void print(PrintWriter err, Palette palette, CliException failure) {
    print(err, palette, failure.message(), failure.hints());
  }

  private static void print(PrintWriter err, Palette palette, String message, List<String> hints) {
    err.println(palette.red("error: ") + Human.harmless(message));
    for (String hint : hints) {
      err.println("  " + Human.harmless(hint));
    }
    err.flush();
  }

  /** A failure while a command ran. */
  static int onExecution(Session session, Exception failure) {
    if (failure instanceof CliException expected) {
      print(session.err(), session.errPalette(), expected);
    } else {
      print(
          session.err(),
          session.errPalette(),
          "gtctl itself failed: " + failure,
          session.debug()
              ? List.of()
              : List.of("run it again with --debug and report what it shows"));
    }
    if (session.debug()) {
      failure.printStackTrace(session.err());
      session.err().flush();
    }
    return failure instanceof CliException expected ? expected.exitCode() : ExitCode.FAILED;
  }

  /** A command line that cannot be understood. */
  static int onUsage(Session session, ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    String message = String.valueOf(failure.getMessage());
    List<String> hints = new ArrayList<>();
    if (failure instanceof UnmatchedArgumentException unmatched) {
      String typed = unmatched.getUnmatched().getFirst();
      message = name + " knows no " + typed;
      DidYouMean.among(words(command), typed)
          .ifPresent(word -> hints.add("did you mean " + word + "?"));
    } else if (!command.getSubcommands().isEmpty() && message.contains("subcommand")) {
      message = name + " needs to know what: " + String.join(", ", commands(command));
    }
    hints.add("see: " + name + " --help");
    print(session.err(), session.errPalette(), message, hints);
    return ExitCode.USAGE;
  }

  /** Commands and options that could stand where something unknown stood. */
  private static List<String> words(CommandLine command) {
    List<String> words = new ArrayList<>(commands(command));
    command.getCommandSpec().options().forEach(option -> words.addAll(List.of(option.names())));
    return words;
  }

  private static List<String> commands(CommandLine command) {
    return command.getSubcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .filter(spec -> !spec.usageMessage().hidden())
        .map(spec -> spec.name())
        .distinct()
        .toList();
  }
}
