package ai.greenthread.e2e.history;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** The file in which clients, and whoever kills, write what they do. Safe for many threads. */
public final class ClientHistory implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileOutputStream out;
  private final InstantSource clock;

  private ClientHistory(FileOutputStream out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
  }

  public static ClientHistory in(Path folder, InstantSource clock) throws IOException {
    Files.createDirectories(folder);
    var out = new FileOutputStream(folder.resolve(HistoryFiles.CLIENTS).toFile(), true);
    return new ClientHistory(out, clock);
  }

  public void sent(String request, String model) {
    write(line("sent").put("request", request).put("model", model));
  }

  public void firstByte(String request) {
    write(line("first_byte").put("request", request));
  }

  /**
   * A whole answer came.
   *
   * @param answerTo the request that the answer says it is for
   */
  public void answered(String request, String answerTo, String answerModel, String digest) {
    write(
        line("answered")
            .put("request", request)
            .put("answer_to", answerTo)
            .put("answer_model", answerModel)
            .put("digest", digest));
  }

  public void refused(String request, int status, String code) {
    write(line("refused").put("request", request).put("status", status).put("code", code));
  }

  public void cut(String request, String how) {
    write(line("cut").put("request", request).put("how", how));
  }

  public void unreached(String request, String how) {
    write(line("unreached").put("request", request).put("how", how));
  }

  /** To be written before the kill, so that no consequence is older. */
  public void killed(long pid, String model) {
    write(line("killed").put("pid", pid).put("model", model));
  }

  public void engineUp() {
    write(line("engine_up"));
  }

  private static ObjectNode line(String what) {
    return JSON.createObjectNode().put("by", "client").put("what", what);
  }

  private synchronized void write(ObjectNode line) {
    Instant now = clock.instant();
    line.put("at", ChronoUnit.MICROS.between(Instant.EPOCH, now));
    try {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
