package ai.greenthread.cli.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads the data of server-sent events one by one, as the WHATWG HTML standard frames them: lines
 * of one event's data joined by line feeds, an empty line between events, comments dropped. Not
 * thread-safe, but {@link #close} may come from another thread.
 */
public final class SseReader implements AutoCloseable {
  private final InputStream source;
  private final BufferedReader lines;

  public SseReader(InputStream source) {
    this.source = source;
    this.lines = new BufferedReader(new InputStreamReader(source, StandardCharsets.UTF_8));
  }

  /** The next event's data, waiting for it; empty at the end of the stream. */
  public Optional<String> next() throws IOException {
    StringBuilder data = new StringBuilder();
    boolean any = false;
    while (true) {
      String line = lines.readLine();
      if (line == null) {
        return any ? Optional.of(data.toString()) : Optional.empty();
      }
      if (line.isEmpty()) {
        if (any) {
          return Optional.of(data.toString());
        }
      } else if (line.startsWith("data:")) {
        data.append(any ? "\n" : "")
            .append(line.startsWith("data: ") ? line.substring(6) : line.substring(5));
        any = true;
      }
    }
  }

  @Override
  public void close() {
    try {
      source.close();
    } catch (IOException alreadyBroken) {
      // Nothing is lost: whoever closes wants no more of it.
    }
  }
}
