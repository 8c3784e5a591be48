package ai.greenthread.runtimes.simulated;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * The memory that all simulators of a machine hold on its pretended GPUs, in one file, so that it
 * can be measured as a real GPU's memory is. One line for each holding, {@code proc DEVICE PID
 * BYTES OWNER}; other lines belong to others and stay as they are. Writers take turns by a lock on
 * a file beside it and replace the file whole, so that readers need no lock.
 */
public final class GpuLedgerFile {
  /** How long a writer waits for its turn. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Path file;
  private final Path lockFile;

  public GpuLedgerFile(Path file) {
    this.file = file.toAbsolutePath();
    this.lockFile = this.file.resolveSibling(this.file.getFileName() + ".lock");
  }

  /**
   * What one simulator holds on one device.
   *
   * @param owner tells simulators of one process apart; no spaces
   */
  public record Holding(int device, long pid, long bytes, String owner) {
    static Optional<Holding> parse(String line) {
      String[] words = line.split(" ", -1);
      if (words.length != 5 || !words[0].equals("proc")) {
        return Optional.empty();
      }
      try {
        return Optional.of(
            new Holding(
                Integer.parseInt(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                words[4]));
      } catch (NumberFormatException _) {
        return Optional.empty();
      }
    }

    String line() {
      return "proc " + device + " " + pid + " " + bytes + " " + owner;
    }

    boolean alive() {
      return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
  }

  /** A device cannot hold what was asked of it. */
  public static final class OutOfMemory extends Exception {
    private static final long serialVersionUID = 1L;

    OutOfMemory(int device, long wanted, long free) {
      super("GPU " + device + " has " + free + " bytes free of the " + wanted + " wanted");
    }
  }

  /** Holdings of processes that live. */
  public List<Holding> holdings() throws IOException {
    return holdings(lines());
  }

  /** Bytes held on a device. */
  public long usedBytes(int device) throws IOException {
    return holdings().stream()
        .filter(holding -> holding.device() == device)
        .mapToLong(Holding::bytes)
        .sum();
  }

  /**
   * Sets what an owner of this process holds, all or nothing.
   *
   * @param bytes by device; a device that is left out holds nothing of the owner's any more
   * @param capacity of each device
   * @throws OutOfMemory where a device would hold more than its capacity because of a holding that
   *     grows
   */
  public void set(String owner, Map<Integer, Long> bytes, long capacity) throws OutOfMemory {
    long pid = ProcessHandle.current().pid();
    Optional<OutOfMemory> refusal = new Change(owner, pid, bytes, capacity).apply();
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  private final class Change implements UnaryOperator<List<String>> {
    private final String owner;
    private final long pid;
    private final Map<Integer, Long> bytes;
    private final long capacity;
    private Optional<OutOfMemory> refusal = Optional.empty();

    Change(String owner, long pid, Map<Integer, Long> bytes, long capacity) {
      this.owner = owner;
      this.pid = pid;
      this.bytes = bytes;
      this.capacity = capacity;
    }

    Optional<OutOfMemory> apply() {
      try {
        update(this);
      } catch (IOException e) {
        throw new UncheckedIOException("the ledger " + file + " cannot be written", e);
      }
      return refusal;
    }

    @Override
    public List<String> apply(List<String> lines) {
      List<Holding> all = holdings(lines);
      for (Map.Entry<Integer, Long> wish : bytes.entrySet()) {
        long own = sum(all, wish.getKey(), true);
        long others = sum(all, wish.getKey(), false);
        if (wish.getValue() > own && others + wish.getValue() > capacity) {
          refusal =
              Optional.of(
                  new OutOfMemory(wish.getKey(), wish.getValue(), Math.max(0, capacity - others)));
          return lines;
        }
      }
      List<String> kept = new ArrayList<>();
      for (String line : lines) {
        Optional<Holding> holding = Holding.parse(line);
        if (holding.isEmpty() || (!mine(holding.get()) && holding.get().alive())) {
          kept.add(line);
        }
      }
      bytes.forEach((device, held) -> kept.add(new Holding(device, pid, held, owner).line()));
      return kept;
    }

    private boolean mine(Holding holding) {
      return holding.pid() == pid && holding.owner().equals(owner);
    }

    private long sum(List<Holding> all, int device, boolean own) {
      return all.stream()
          .filter(holding -> holding.device() == device && mine(holding) == own)
          .mapToLong(Holding::bytes)
          .sum();
    }
  }

  private static List<Holding> holdings(List<String> lines) {
    return lines.stream()
        .flatMap(line -> Holding.parse(line).stream())
        .filter(Holding::alive)
        .toList();
  }

  private List<String> lines() throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  private void update(UnaryOperator<List<String>> change) throws IOException {
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lock(channel)) {
      if (!lock.isValid()) {
        throw new IOException("the lock was lost");
      }
      List<String> before = lines();
      List<String> after = change.apply(before);
      if (after.equals(before)) {
        return;
      }
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.write(next, after);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /**
   * A lock against other processes; within one process the JDK refuses a second one, which is
   * waited out.
   */
  private static FileLock lock(FileChannel channel) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - deadline < 0) {
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return lock;
        }
      } catch (OverlappingFileLockException _) {
        // Another simulator in this process writes.
      }
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
    throw new IOException("no turn within " + PATIENCE);
  }
}
