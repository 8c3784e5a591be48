package ai.greenthread.cli;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gtctl completion}: the script that lets a shell complete commands and options. */
@Command(
    name = "completion",
    header = "Print the completion script for a shell",
    footer = {
      "",
      "bash, this session:  source <(gtctl completion bash)",
      "bash, for good:      gtctl completion bash > ~/.local/share/bash-completion/completions/gtctl",
      "zsh, in ~/.zshrc:    source <(gtctl completion zsh)"
    })
final class CompletionCommand implements Callable<Integer> {
  private static final List<String> SHELLS = List.of("bash", "zsh");

  private final Session session;

  // picocli sets it before it calls.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  static final class Shells implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return SHELLS.iterator();
    }
  }

  @Parameters(
      paramLabel = "bash|zsh",
      completionCandidates = Shells.class,
      description = "The shell.")
  private String shell = "";

  CompletionCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (!SHELLS.contains(shell)) {
      throw new CliException(
          ExitCode.USAGE, "there is no completion for " + shell, "choose bash or zsh");
    }
    // One script serves both: under zsh it switches bashcompinit on by itself.
    session.out().print(AutoComplete.bash("gtctl", spec.root().commandLine()));
    session.out().flush();
    return ExitCode.OK;
  }
}
