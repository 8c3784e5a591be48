package ai.greenthread.http.events;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A history in a file: one JSON object a line, in the order in which things happened, each handed
 * to the operating system in one write. A later engine goes on where a killed one stopped.
 */
public final class HistoryFile implements HistoryLog, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(HistoryFile.class.getName());
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ReentrantLock lock = new ReentrantLock();
  private final InstantSource clock;
  private final FileOutputStream out;
  private final String life;
  private boolean failed;

  private HistoryFile(FileOutputStream out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
    this.life = ProcessHandle.current().pid() + "@" + clock.millis();
  }

  /**
   * Opens or creates the file and writes that a life of the engine begins.
   *
   * @param clock the machine's: other processes write histories by it too
   */
  public static HistoryFile append(Path file, InstantSource clock) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    var history = new HistoryFile(new FileOutputStream(file.toFile(), true), clock);
    history.write("life", Map.of("pid", ProcessHandle.current().pid()));
    return history;
  }

  @Override
  public boolean isKept() {
    return true;
  }

  @Override
  public void write(String what, Map<String, Object> facts) {
    lock.lock();
    try {
      ObjectNode line =
          JSON.createObjectNode()
              .put("at", micros(clock.instant()))
              .put("by", "engine")
              .put("life", life)
              .put("what", what);
      line.setAll((ObjectNode) JSON.valueToTree(facts));
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      if (!failed) {
        failed = true;
        LOG.log(System.Logger.Level.ERROR, "the history has gaps: it cannot be written", e);
      }
    } finally {
      lock.unlock();
    }
  }

  private static long micros(Instant at) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, at);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
