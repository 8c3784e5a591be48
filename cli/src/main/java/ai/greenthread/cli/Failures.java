package ai.greenthread.cli;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.DidYouMean;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Palette;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
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
      hints.addAll(instead(command, name, unmatched.getUnmatched()));
    } else if (!command.getSubcommands().isEmpty() && message.contains("subcommand")) {
      message = name + " needs to know what: " + String.join(", ", commands(command));
    }
    hints.add("see: " + name + " --help");
    print(session.err(), session.errPalette(), message, hints);
    return ExitCode.USAGE;
  }

  /** What was probably meant by words that a command does not know. */
  private static List<String> instead(CommandLine command, String name, List<String> unknown) {
    String typed = unknown.getFirst();
    Optional<String> close =
        DidYouMean.among(typed.startsWith("-") ? options(command) : commands(command), typed);
    if (close.isPresent()) {
      return List.of("did you mean " + close.get() + "?");
    }
    if (typed.startsWith("-")) {
      return List.of();
    }
    List<String> kinds = commands(command);
    // get and the like: what follows them is a kind of object.
    if (command.getParent() != null && !kinds.isEmpty()) {
      boolean named = unknown.size() == 1 && kinds.contains("model");
      return List.of(
          named
              ? "did you mean: " + name + " model " + typed
              : "there are: " + String.join(", ", kinds));
    }
    List<String> understood =
        command.getParseResult().matchedPositionals().stream()
            .flatMap(word -> word.originalStringValues().stream())
            .toList();
    boolean kindFirst =
        !understood.isEmpty()
            && (understood.getFirst().equals("model") || understood.getFirst().equals("models"));
    String model = understood.size() > 1 ? understood.get(1) : typed;
    return kindFirst ? List.of("did you mean: " + name + " " + model) : List.of();
  }

  private static List<String> options(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .flatMap(option -> Stream.of(option.names()))
        .toList();
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
