package ai.greenthread.gpu;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

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
 * <p>The figure is {@code VmRSS} of {@code status}: constant time and readable for everyone. {@code
 * smaps_rollup} is exact on every kernel, but walks the page tables under the lock that the process
 * needs to map and unmap: 60 ms for each GiB here, during which a runtime that falls asleep would
 * wait for the one who measures whether it sleeps. What that buys is small: the counters behind
 * {@code VmRSS} may lag by some MiB on some kernels (proc(5)).
 */
final class LinuxProcessMemory implements ProcessMemory {
  /** Processes of one tree that are measured; a larger tree cannot be measured. */
  private static final int MOST_PROCESSES = 4096;

  private static final long KIB = 1024;
  private static final String RESIDENT = "VmRSS:";

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

  /** A status without the figure is that of a process which has given up all its memory to end. */
  private Optional<Bytes> resident(long pid) {
    try {
      // A process's name may be any bytes, so the file is no UTF-8.
      return Optional.of(
          Files.readAllLines(directory(pid).resolve("status"), ISO_8859_1).stream()
              .filter(line -> line.startsWith(RESIDENT))
              .findFirst()
              .map(line -> Bytes.of(KIB * Long.parseLong(line.replaceAll("\\D", ""))))
              .orElse(Bytes.ZERO));
    } catch (IOException | NumberFormatException unreadable) {
      return Files.exists(directory(pid)) ? Optional.empty() : Optional.of(Bytes.ZERO);
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
