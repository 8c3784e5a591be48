package ai.greenthread.gpu;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.ProcessMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Resident memory of a process tree as {@code ps} tells it, for systems without {@code /proc}. */
final class PsProcessMemory implements ProcessMemory {
  private static final long KIB = 1024;

  private final String tool;
  private final Duration limit;

  /**
   * @param tool {@code ps}, or a path
   * @param limit how long one run may take
   */
  PsProcessMemory(String tool, Duration limit) {
    this.tool = tool;
    this.limit = limit;
  }

  @Override
  public Optional<Bytes> ofTree(long pid) {
    Optional<ProcessHandle> root = ProcessHandle.of(pid);
    if (root.isEmpty()) {
      return Optional.of(Bytes.ZERO);
    }
    List<Long> tree = new ArrayList<>(List.of(pid));
    root.get().descendants().map(ProcessHandle::pid).forEach(tree::add);
    String pids = tree.stream().map(String::valueOf).collect(Collectors.joining(","));
    Command.Outcome outcome = Command.run(List.of(tool, "-o", "rss=", "-p", pids), limit);
    if (outcome instanceof Command.Outcome.Ended ended) {
      try {
        long kibibytes =
            ended
                .out()
                .lines()
                .map(String::strip)
                .filter(l -> !l.isEmpty())
                .mapToLong(Long::parseLong)
                .sum();
        // No line at all is ps's answer for processes that have ended, and for one it cannot see.
        boolean answered = !ended.out().isBlank();
        return answered || !root.get().isAlive()
            ? Optional.of(Bytes.of(KIB * kibibytes))
            : Optional.empty();
      } catch (NumberFormatException notANumber) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }
}
