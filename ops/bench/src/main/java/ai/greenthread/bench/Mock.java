package ai.greenthread.bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The model server that does nothing, fast: see mock.c. */
final class Mock {

  /**
   * What it has seen. {@code lastAbortNanos} is on the clock of {@link System#nanoTime} on Linux.
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Stats(
      long requests,
      long connections,
      long streams,
      long finished,
      long aborted,
      long lastAbortNanos) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI url;
  private final long pid;

  private Mock(URI url, long pid) {
    this.url = url;
    this.pid = pid;
  }

  static Mock start(Workshop workshop, Path program) throws IOException, Unavailable {
    int port = Workshop.freePort();
    URI url = URI.create("http://127.0.0.1:" + port);
    Process process =
        workshop.start(
            "mock",
            Cores.bound(
                workshop.cores().mock(),
                List.of(
                    program.toString(),
                    "--port",
                    Integer.toString(port),
                    "--pace-ms",
                    Integer.toString(Profile.PACE_MILLIS),
                    "--chunks",
                    Integer.toString(Profile.CHUNKS))));
    workshop.awaitReady(
        "mock", url.resolve("/health"), process, System.nanoTime(), Duration.ofSeconds(5));
    return new Mock(url, process.pid());
  }

  URI url() {
    return url;
  }

  long pid() {
    return pid;
  }

  Stats stats() throws IOException {
    try (InputStream in = url.resolve("/stats").toURL().openStream()) {
      return JSON.readValue(in, Stats.class);
    }
  }

  /** The mock itself, as the gateway that is none. */
  Gateway direct() {
    return new Gateway(
        Gateway.DIRECT,
        "no gateway: the generator asks the mock",
        url,
        pid,
        "",
        false,
        Duration.ZERO);
  }
}
