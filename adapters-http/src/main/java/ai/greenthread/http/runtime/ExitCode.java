package ai.greenthread.http.runtime;

/** What the exit code of a server tells, in a shell's numbering: 128 and more are signals. */
final class ExitCode {
  private static final int SIGNALS = 128;
  private static final int KILL = 9;
  private static final int LAST_SIGNAL = 64;
  private static final int NOT_EXECUTABLE = 126;
  private static final int NOT_FOUND = 127;

  private ExitCode() {}

  /** How it ended, to follow "the server". */
  static String words(int code) {
    String how = "ended";
    if (code == SIGNALS + KILL) {
      how = "was killed, by the system if it ran out of memory,";
    } else if (code > SIGNALS && code <= SIGNALS + LAST_SIGNAL) {
      how = "was ended by signal " + (code - SIGNALS);
    }
    return how + " with exit code " + code + meaning(code);
  }

  /** What shells mean by a code that they give themselves. */
  private static String meaning(int code) {
    return switch (code) {
      case NOT_EXECUTABLE -> " (a command is not executable)";
      case NOT_FOUND -> " (a command was not found)";
      default -> "";
    };
  }
}
