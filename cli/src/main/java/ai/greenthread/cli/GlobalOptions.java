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
          "The engine on this machine with this data directory (default: $$GREENTHREAD_DATA, or"
              + " greenthread in $$XDG_DATA_HOME, or in ~/.local/share).")
  Optional<Path> data = Optional.empty();

  @Option(
      names = "--context",
      paramLabel = "NAME",
      scope = ScopeType.INHERIT,
      description =
          "The engine on the cluster of this context. Without it and --data: the one on this"
              + " machine if it is up, else the current context.")
  Optional<String> context = Optional.empty();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "Where contexts are (default: $$KUBECONFIG,%nor ~/.kube/config).")
  Optional<Path> kubeconfig = Optional.empty();

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

  /** Whether a cluster is asked for. */
  boolean namesCluster() {
    return context.isPresent() || kubeconfig.isPresent();
  }
}
