package ai.greenthread.gpu;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.ProcessMemory;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Resident memory (Rss) of a process tree, from {@code /proc}.
 *
 * <p>Rss and not Pss, although Pss adds up to what the machine really spends. Processes that map
 * the same model file, or the same runtime libraries, share pages; Pss divides those among them, so
 * one model's number would fall because <em>another</em> started, and rise because another slept,
 * and neither tells whether this one gave memory back. On the GPU that the virtual device stands
 * for, nothing is shared: each process has its own copy. Rss counts so. It errs upwards only, by
 * pages shared inside one tree.
 *
 * <p>{@code smaps_rollup} walks the page tables and is exact; {@code VmRSS} of {@code status}, the
 * answer where the former is missing or forbidden, is a sum of per-CPU counters that the kernel
 * lets lag (proc(5)).
 */
final class LinuxProcessMemory implements ProcessMemory {
  /** Processes of one tree that are measured; a larger tree cannot be measured. */
  private static final int MOST_PROCESSES = 4096;

  private static final long KIB = 1024;

  private final Path proc;

  /**
   * @param proc where the kernel's process files are: {@code /proc}
   */
  LinuxProcessMemory(Path proc) {
    this.proc = proc;
  }

  @Override
  public Optional<Bytes> ofTree(long pid) {
    Set<Long> seen = new LinkedHashSet<>();
    Deque<Long> next = new ArrayDeque<>(List.of(pid));
    Bytes sum = Bytes.ZERO;
    while (!next.isEmpty()) {
      long process = next.pop();
      if (!seen.add(process)) {
        continue;
      }
      Optional<Bytes> own = seen.size() > MOST_PROCESSES ? Optional.empty() : resident(process);
      if (own.isEmpty()) {
        return Optional.empty();
      }
      sum = sum.plus(own.get());
      next.addAll(children(process));
    }
    return Optional.of(sum);
  }

  private Optional<Bytes> resident(long pid) {
    return field(pid, "smaps_rollup", "Rss:")
        .or(() -> field(pid, "status", "VmRSS:"))
        .or(() ->
            Files.isDirectory(directory(pid)) && !zombie(pid)
                ? Optional.empty()
                : Optional.of(Bytes.ZERO));
  }

  private Optional<Bytes> field(long pid, String file, String name) {
    try {
      return Files.readAllLines(directory(pid).resolve(file)).stream()
          .filter(line -> line.startsWith(name))
          .findFirst()
          .map(line -> Bytes.of(KIB * Long.parseLong(line.replaceAll("\\D", ""))));
    } catch (IOException | NumberFormatException unreadable) {
      return Optional.empty();
    }
  }

  /** Ended, but not yet collected by its parent: it has a directory and no memory. */
  private boolean zombie(long pid) {
    try {
      return Files.readAllLines(directory(pid).resolve("status")).stream()
          .anyMatch(line -> line.startsWith("State:") && line.contains("Z"));
    } catch (IOException unreadable) {
      return false;
    }
  }

  /**
   * Each thread has its own list. Kernels without these files are asked through the JDK, which
   * reads every process of the machine.
   */
  private List<Long> children(long pid) {
    Set<Long> children = new LinkedHashSet<>();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(directory(pid).resolve("task"))) {
      for (Path thread : threads) {
        Path list = thread.resolve("children");
        if (Files.notExists(list) && Files.exists(thread)) {
          return ProcessHandle.of(pid).stream()
              .flatMap(ProcessHandle::children)
              .map(ProcessHandle::pid)
              .toList();
        }
        Arrays.stream(Files.readString(list).split("\\s+"))
            .filter(text -> !text.isEmpty())
            .map(Long::valueOf)
            .forEach(children::add);
      }
    } catch (IOException | DirectoryIteratorException ended) {
      // A process or thread that ends while it is looked at has no children to count.
      return List.copyOf(children);
    }
    return List.copyOf(children);
  }

  private Path directory(long pid) {
    return proc.resolve(Long.toString(pid));
  }
}
