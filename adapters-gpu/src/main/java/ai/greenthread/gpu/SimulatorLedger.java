package ai.greenthread.gpu;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import ai.greenthread.domain.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What simulated inference servers say they hold on devices, from the file they share. A line is
 * {@code proc DEVICE PID BYTES OWNER}; other lines are not ours. The file is replaced whole by its
 * writers, so it is read without a lock. A process that has ended holds nothing.
 */
final class SimulatorLedger {
  private final Path file;

  SimulatorLedger(Path file) {
    this.file = file;
  }

  /**
   * Bytes by device index and process. A file that is not there yet is one without holdings.
   *
   * @throws IOException if the file is there and cannot be read
   */
  Map<Integer, Map<Long, Bytes>> holdings() throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, ISO_8859_1);
    } catch (NoSuchFileException notYet) {
      return Map.of();
    }
    Map<Integer, Map<Long, Bytes>> holdings = new HashMap<>();
    for (String line : lines) {
      String[] words = line.split(" ", -1);
      if (words.length != 5 || !words[0].equals("proc")) {
        continue;
      }
      try {
        long pid = Long.parseLong(words[2]);
        if (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()) {
          holdings
              .computeIfAbsent(Integer.valueOf(words[1]), device -> new HashMap<>())
              .merge(pid, Bytes.of(Long.parseLong(words[3])), Bytes::plus);
        }
      } catch (IllegalArgumentException notAHolding) {
        // Numbers that are none: the line is not a holding.
      }
    }
    return holdings;
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
