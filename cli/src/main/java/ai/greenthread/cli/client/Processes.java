package ai.greenthread.cli.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Whether a process that a file names is still the one that wrote the file. */
public final class Processes {
  /** A process id given out again belongs to a process that is younger than the file. */
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

  private Processes() {}

  /** The live process {@code pid}, unless it is one that began only after {@code startedAt}. */
  public static Optional<ProcessHandle> find(long pid, Instant startedAt) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(process -> !isZombie(pid))
        .filter(process ->
            process
                .info()
                .startInstant()
                .map(begun -> !begun.isAfter(startedAt.plus(CLOCK_TOLERANCE)))
                .orElse(true));
  }

  public static boolean runs(long pid, Instant startedAt) {
    return find(pid, startedAt).isPresent();
  }

  /**
   * A process that ended while its parent does not collect it stays visible, for example in a
   * container whose first process collects nobody. The state follows the last parenthesis of {@code
   * /proc/PID/stat}.
   */
  private static boolean isZombie(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException notLinuxOrGone) {
      return false;
    }
  }
}
