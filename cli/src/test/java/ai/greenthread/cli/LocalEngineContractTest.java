package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.client.Engine;
import ai.greenthread.cli.client.LocalEngine;
import ai.greenthread.cli.client.Reach;
import ai.greenthread.cli.text.Progress;
import ai.greenthread.cli.up.EngineSettings;
import ai.greenthread.cli.up.RunningEngine;
import ai.greenthread.cli.up.StandaloneStarter;
import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.policy.PolicyName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The promises of an engine, kept by the one on this machine. */
class LocalEngineContractTest extends EngineContract {
  private static final Progress SILENT =
      new Progress() {
        @Override
        public void step(String text) {}

        @Override
        public void update(String text) {}

        @Override
        public void note(String text) {}

        @Override
        public void done() {}

        @Override
        public void done(String text) {}

        @Override
        public void close() {}
      };

  // JUnit sets the first, and both are set before the first test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  static Path data;

  @SuppressWarnings("NullAway.Init")
  private static RunningEngine running;

  @SuppressWarnings("NullAway.Init")
  private static LocalEngine engine;

  @BeforeAll
  static void start() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    running =
        new StandaloneStarter(data)
            .start(
                new EngineSettings(
                    data,
                    port,
                    List.of(),
                    false,
                    List.of(Bytes.ofGiB(2)),
                    Optional.empty(),
                    PolicyName.BOUNDED,
                    0),
                SILENT);
    DataDirectory directory = new DataDirectory(data);
    engine = new LocalEngine(directory, directory.requireUp(), new Reach.Visible());
  }

  @AfterAll
  static void stop() {
    engine.close();
    running.stop(SILENT);
  }

  @Override
  Engine engine() {
    return engine;
  }

  @Override
  String namespace() {
    return "default";
  }

  @Override
  String spec() {
    return """
    {"runtime": {"type": "simulated", "memory": "400Mi", "options": {"real-memory": "256Mi"}},
     "sleep": {"drainTimeout": "1s"}, "fairness": {"minRuntime": "1s", "maxWaitTime": "1s"}}
    """;
  }

  @Override
  String lastWords() {
    return engine.modelList().toPrettyString();
  }
}
