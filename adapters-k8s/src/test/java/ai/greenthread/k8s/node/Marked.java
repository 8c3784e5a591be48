package ai.greenthread.k8s.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The processes of a container are those whose environment names its folder, as what a process
 * starts inherits it. So nothing escapes that a container would have held, and what a killed test
 * run left is found by the next one.
 */
final class Marked {
  /** Names the folder of the container that a process belongs to. */
  static final String VARIABLE = "STAND_IN_CONTAINER";

  private static final Path PROC = Path.of("/proc");
  private static final int ROUNDS = 200;

  private Marked() {}

  /** Kills all processes of containers whose folder is this one or below it. */
  static void kill(Path folder) {
    String mark = VARIABLE + "=" + folder;
    for (int round = 0; round < ROUNDS; round++) {
      List<ProcessHandle> alive = find(mark);
      if (alive.isEmpty()) {
        return;
      }
      alive.forEach(ProcessHandle::destroyForcibly);
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
    throw new IllegalStateException("cannot end the processes of " + folder);
  }

  private static List<ProcessHandle> find(String mark) {
    List<ProcessHandle> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path entry : entries) {
        if (marked(entry, mark)) {
          Optional<ProcessHandle> process =
              ProcessHandle.of(Long.parseLong(entry.getFileName().toString()));
          process.filter(one -> one.pid() != ProcessHandle.current().pid()).ifPresent(found::add);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot see the processes of this machine", e);
    }
    return found;
  }

  private static boolean marked(Path process, String mark) {
    try {
      String all =
          new String(Files.readAllBytes(process.resolve("environ")), StandardCharsets.ISO_8859_1);
      for (String variable : all.split("\0", -1)) {
        if (variable.equals(mark) || variable.startsWith(mark + "/")) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      // It ended meanwhile, or belongs to somebody else.
      return false;
    }
  }
}
