package ai.greenthread.cli.outcome;

/** The exit codes that {@code gtctl help} documents. Scripts rely on them. */
public final class ExitCode {
  public static final int OK = 0;

  /** The engine was reached, or the machine asked, and said no. */
  public static final int FAILED = 1;

  /** The command line itself is wrong. */
  public static final int USAGE = 2;

  /** No engine runs, or it does not answer. */
  public static final int NO_ENGINE = 3;

  /** The named object, file or directory does not exist. */
  public static final int NOT_FOUND = 4;

  /** A manifest is not valid; nothing was applied. */
  public static final int INVALID_MANIFEST = 5;

  private ExitCode() {}
}
