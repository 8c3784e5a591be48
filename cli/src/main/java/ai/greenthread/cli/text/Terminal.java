package ai.greenthread.cli.text;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which of the three standard streams a person sits at.
 *
 * @param in whether standard input is a terminal
 * @param out whether standard output is one
 * @param err whether standard error is one
 */
public record Terminal(boolean in, boolean out, boolean err) {
  public static final Terminal NONE = new Terminal(false, false, false);

  /** Asks the operating system. */
  public static Terminal detect() {
    return new Terminal(isTerminal(0), isTerminal(1), isTerminal(2));
  }

  /**
   * On Linux the descriptor's own link tells; elsewhere the JDK only knows whether input and output
   * are both a terminal, which is taken for each of them.
   */
  private static boolean isTerminal(int descriptor) {
    Path link = Path.of("/proc/self/fd", Integer.toString(descriptor));
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException noSuchLink) {
      return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    }
  }
}
