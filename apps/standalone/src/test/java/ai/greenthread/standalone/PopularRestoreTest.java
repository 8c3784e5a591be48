package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PopularRestoreTest {
  @TempDir Path data;

  private ProcessHandle server(String replica) throws Exception {
    String[] fields = Files.readString(data.resolve("run/" + replica + ".pid")).split(" ", -1);
    return ProcessHandle.of(Long.parseLong(fields[0])).orElseThrow();
  }

  @Test
  void aPopularModelWhoseServerDiedServesAgainWithoutARequest() throws Exception {
    try (var engine = new RunningEngine(data)) {
      engine.apply("pet", Manifest.simulated("pet", 1, ", \"popular\": true"));
      assertThat(engine.engine().awaitSettled(Duration.ofSeconds(60))).isTrue();
      assertThat(engine.ask("org/pet")).isEqualTo(200);
      ProcessHandle first = server("default.pet-0");
      first.destroyForcibly();
      RunningEngine.await("its end is felt", () -> !engine.state("pet").equals("serving"));
      RunningEngine.await("it serves again", () -> engine.state("pet").equals("serving"));
      assertThat(server("default.pet-0").pid()).isNotEqualTo(first.pid());
    }
  }
}
