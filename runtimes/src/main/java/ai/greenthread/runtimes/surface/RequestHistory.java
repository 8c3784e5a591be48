package ai.greenthread.runtimes.surface;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What this server did with every request, as lines of JSON for whoever checks afterwards that none
 * was lost or answered twice. Each line is one write at the end of the file, so several servers may
 * share one, and a killed one leaves whole lines. A request is known by its {@code x-request-id};
 * no prompt and no answer is written. Safe for use by many threads.
 */
public final class RequestHistory {
  private static final Logger LOG = System.getLogger(RequestHistory.class.getName());

  /** Keeps nothing. */
  public static final RequestHistory NONE =
      new RequestHistory(null, InstantSource.system(), List.of());

  private final @Nullable FileOutputStream out;
  private final InstantSource clock;
  private final String life;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean failed;

  private RequestHistory(
      @Nullable FileOutputStream out, InstantSource clock, List<String> servedNames) {
    this.out = out;
    this.clock = clock;
    this.life = ProcessHandle.current().pid() + "@" + clock.millis();
    write("life", Json.object("pid", ProcessHandle.current().pid(), "models", servedNames));
  }

  /**
   * Appends to a file and writes that a life of a server begins.
   *
   * @param file empty for none
   * @param clock the machine's: other processes write histories by it too
   * @throws IllegalArgumentException where the file cannot be written
   */
  public static RequestHistory in(String file, InstantSource clock, List<String> servedNames) {
    if (file.isEmpty()) {
      return NONE;
    }
    try {
      return new RequestHistory(
          new FileOutputStream(Path.of(file).toFile(), true), clock, servedNames);
    } catch (IOException e) {
      throw new IllegalArgumentException("--history: " + e.getMessage(), e);
    }
  }

  /** The engine gets a request. */
  void begun(String request) {
    write("begun", Json.object("request", request));
  }

  /** The engine is done with it; what is still to be sent is sent after this. */
  void ended(String request, FinishReason reason) {
    String how = reason == FinishReason.ABORT ? "aborted" : "finished";
    write("ended", Json.object("request", request, "how", how));
  }

  /** The whole answer has been handed to the network. */
  void handedOver(String request) {
    write("handed_over", Json.object("request", request));
  }

  private void write(String what, Map<String, @Nullable Object> facts) {
    if (out == null) {
      return;
    }
    lock.lock();
    try {
      Map<String, @Nullable Object> line =
          Json.object("at", micros(clock.instant()), "by", "runtime", "life", life, "what", what);
      line.putAll(facts);
      out.write((new String(Json.bytes(line), UTF_8) + "\n").getBytes(UTF_8));
    } catch (IOException e) {
      if (!failed) {
        failed = true;
        LOG.log(Level.ERROR, "the history has gaps: it cannot be written", e);
      }
    } finally {
      lock.unlock();
    }
  }

  private static long micros(Instant at) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, at);
  }
}
