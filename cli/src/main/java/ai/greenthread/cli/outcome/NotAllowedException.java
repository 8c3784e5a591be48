package ai.greenthread.cli.outcome;

import java.util.List;

/** One lacks the right to do it; a command may do without what it only wanted to show beside. */
public final class NotAllowedException extends CliException {
  private static final long serialVersionUID = 1L;

  public NotAllowedException(String message, List<String> hints) {
    super(ExitCode.FAILED, message, hints);
  }
}
