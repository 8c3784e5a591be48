package ai.greenthread.standalone;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.http.runtime.ServerHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The folder in which an engine keeps what has to outlive it. One engine at a time holds its lock;
 * the operating system gives it back however the process ends. Files are replaced whole, never
 * written in place.
 */
final class DataFolder implements AutoCloseable {
  private static final int TOKEN_BYTES = 32;

  /** Ends the name of what is being written; no reader takes it for a file of its own. */
  private static final String DRAFT = ".new";

  private final Path root;
  private final FileChannel channel;
  private final FileLock lock;

  private DataFolder(Path root, FileChannel channel, FileLock lock) {
    this.root = root;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * @throws StartFailed when the folder cannot be used, or another engine uses it
   */
  static DataFolder open(Path root) {
    try {
      Files.createDirectories(root);
      Path folder = root.toRealPath();
      Files.createDirectories(folder.resolve("models"));
      Files.createDirectories(folder.resolve("logs"));
      Files.createDirectories(folder.resolve("run"));
      FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new StartFailed(
            "another engine uses " + folder + "; end it with gtctl down, or choose another --data");
      }
      deleteDrafts(folder);
      deleteDrafts(folder.resolve("models"));
      return new DataFolder(folder, channel, lock);
    } catch (IOException e) {
      throw new StartFailed("cannot use the data folder " + root + ": " + e.getMessage(), e);
    }
  }

  private static @org.jspecify.annotations.Nullable FileLock tryLock(FileChannel channel)
      throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  Path models() {
    return root.resolve("models");
  }

  Path upFile() {
    return root.resolve("up.json");
  }

  /** Where simulated servers say what they hold of virtual devices. */
  Path simulatorLedger() {
    return root.resolve("virtual-gpus");
  }

  Path measurements() {
    return root.resolve("measurements.json");
  }

  Path log(ReplicaId replica) {
    return root.resolve("logs").resolve(fileName(replica) + ".log");
  }

  ServerHome serverHome(ReplicaId replica) {
    return new ServerHome(log(replica), root.resolve("run").resolve(fileName(replica) + ".pid"));
  }

  private static String fileName(ReplicaId replica) {
    return replica.model().namespace() + "." + replica.podName();
  }

  /** The secret of the engine's API; made at the first start, readable by its owner alone. */
  String token() throws IOException {
    Path file = root.resolve("token");
    if (Files.exists(file)) {
      String kept = Files.readString(file).strip();
      if (!kept.isEmpty()) {
        return kept;
      }
    }
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    String token =
        "gthread_engine_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    Path draft = root.resolve("token.new");
    Files.deleteIfExists(draft);
    if (Files.getFileStore(root).supportsFileAttributeView("posix")) {
      Files.createFile(
          draft,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Files.writeString(draft, token + "\n");
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return token;
  }

  /**
   * Writes a file so that readers see the old or the new content, never half of it, whoever else
   * writes it; of several writers at once the last to finish wins.
   *
   * @throws UncheckedIOException when it cannot be written; it is as before then
   */
  static void replace(Path file, String content) {
    Path draft = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + DRAFT);
    try {
      write(draft, content);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      deleteDraft(draft);
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static void write(Path draft, String content) throws IOException {
    try (FileChannel out =
        FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var bytes = StandardCharsets.UTF_8.encode(content);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }

  private static void deleteDraft(Path draft) {
    try {
      Files.deleteIfExists(draft);
    } catch (IOException _) {
      // It is told why the file could not be written; the draft goes at the next start.
    }
  }

  /** Drafts of an engine that died while it wrote. */
  private static void deleteDrafts(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      entries
          .filter(entry -> entry.getFileName().toString().endsWith(DRAFT))
          .forEach(DataFolder::deleteDraft);
    }
  }

  static Optional<String> read(Path file) {
    try {
      return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
