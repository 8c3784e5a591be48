package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class UpdateTest {
  private static final int CLIENTS = 4;

  @TempDir Path data;

  @Test
  void noRequestIsLostWhileItsModelIsUpdated() throws Exception {
    String manifest = Manifest.simulated("tiny");
    var end = new AtomicBoolean();
    var answered = new AtomicInteger();
    try (var engine = new RunningEngine(data);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      engine.apply("tiny", manifest);
      assertThat(engine.engine().awaitSettled(Duration.ofSeconds(60))).isTrue();
      assertThat(engine.ask("org/tiny")).isEqualTo(200);
      var clients = new ArrayList<Future<List<Integer>>>();
      for (int i = 0; i < CLIENTS; i++) {
        Callable<List<Integer>> client =
            () -> {
              var failed = new ArrayList<Integer>();
              while (!end.get()) {
                int status = engine.ask("org/tiny");
                answered.incrementAndGet();
                if (status != 200) {
                  failed.add(status);
                }
                Thread.sleep(5);
              }
              return failed;
            };
        clients.add(threads.submit(client));
      }
      try {
        for (String time : List.of("2s", "3s")) {
          int before = answered.get();
          RunningEngine.await("requests come", () -> answered.get() > before + CLIENTS);
          String changed =
              manifest.replace("\"minRuntime\": \"1s\"", "\"minRuntime\": \"" + time + "\"");
          assertThat(engine.apply("tiny", changed).status()).isEqualTo(200);
          int updated = answered.get();
          RunningEngine.await("requests go on", () -> answered.get() > updated + CLIENTS);
        }
      } finally {
        end.set(true);
      }
      for (Future<List<Integer>> client : clients) {
        assertThat(client.get()).isEmpty();
      }
    }
  }
}
