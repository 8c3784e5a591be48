package ai.greenthread.cli.outcome;

import java.util.List;

/** Ends a command with a message for the person at the keyboard, never with a stack trace. */
public sealed class CliException extends RuntimeException permits NotAllowedException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;
  private final List<String> hints;

  /**
   * A failure with several lines of help.
   *
   * @param exitCode one of {@link ExitCode}
   * @param message what was wrong, without a full stop
   * @param hints what to do about it, a line each; also the single violations of a manifest
   */
  public CliException(int exitCode, String message, List<String> hints) {
    super(message);
    this.exitCode = exitCode;
    this.hints = List.copyOf(hints);
  }

  public CliException(int exitCode, String message, String hint) {
    this(exitCode, message, List.of(hint));
  }

  public CliException(int exitCode, String message, String hint, Throwable cause) {
    this(exitCode, message, List.of(hint));
    initCause(cause);
  }

  public int exitCode() {
    return exitCode;
  }

  public List<String> hints() {
    return hints;
  }

  /** The message; exceptions made here always carry one. */
  public String message() {
    return String.valueOf(getMessage());
  }
}
