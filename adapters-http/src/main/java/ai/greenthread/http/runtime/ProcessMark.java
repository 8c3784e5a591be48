package ai.greenthread.http.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A variable in the environment of a server, which its children inherit. By it a child is found
 * whose parents are gone, and which nothing else connects with its server. Where there is no {@code
 * /proc}, nobody is found.
 *
 * @param value different for every replica, the same over restarts of the engine
 */
record ProcessMark(String value) {
  static final String VARIABLE = "GREENTHREAD_SERVER";

  /** Living processes that carry the mark, other than this one. */
  List<ProcessHandle> bearers() {
    String mark = "\0" + VARIABLE + "=" + value + "\0";
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(process -> !process.equals(ProcessHandle.current()))
          .filter(process -> environment(process.pid()).contains(mark))
          .toList();
    }
  }

  private static String environment(long pid) {
    try {
      byte[] bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "environ"));
      return "\0" + new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException _) {
      // It has ended, or is somebody else's.
      return "";
    }
  }

  /**
   * Whether a process still runs. One that has ended and whose parent has not asked for its exit
   * status keeps its number but nothing else; where the engine is the first process of a container,
   * that can last for ever.
   */
  static boolean runs(ProcessHandle process) {
    return process.isAlive() && !hasOnlyItsNumberLeft(process.pid());
  }

  private static boolean hasOnlyItsNumberLeft(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The name before it is in brackets and may hold anything, brackets included.
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException _) {
      return false;
    }
  }
}
