package ai.greenthread.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Options that every command takes, before or after its name. */
final class GlobalOptions {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description =
          "The engine's data directory (default: $$GREENTHREAD_DATA, or greenthread in"
              + " $$XDG_DATA_HOME, or in ~/.local/share).")
  Optional<Path> data = Optional.empty();

  @Option(
      names = "--no-color",
      scope = ScopeType.INHERIT,
      description = "No colours, as with the variable NO_COLOR.")
  boolean noColor;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  boolean debug;
}
