package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an engine that was killed left behind is what is on disk and which processes run. */
@Timeout(120)
class LeftoverTest {
  @TempDir Path data;

  private Path leaveBehind(String pidFile) throws Exception {
    Files.createDirectories(data.resolve("models"));
    Files.writeString(data.resolve("models/default.tiny.yaml"), Manifest.simulated("tiny"));
    Files.createDirectories(data.resolve("run"));
    return Files.writeString(data.resolve("run/default.tiny-0.pid"), pidFile);
  }

  private static Process sleeper() throws Exception {
    return new ProcessBuilder("sleep", "600").start();
  }

  private static long startOf(Process process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElseThrow();
  }

  @Test
  void theServerOfAKilledEngineIsEndedAndItsModelServedAgain() throws Exception {
    Process left = sleeper();
    try {
      leaveBehind(left.pid() + " " + startOf(left) + "\n");
      try (var engine = new RunningEngine(data)) {
        assertThat(engine.engine().awaitSettled(Duration.ofSeconds(60))).isTrue();
        assertThat(left.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(engine.ask("org/tiny")).isEqualTo(200);
      }
      assertThat(data.resolve("run")).isEmptyDirectory();
      assertThat(data.resolve("up.json")).doesNotExist();
    } finally {
      left.destroyForcibly();
    }
  }

  @Test
  void aStrangerThatGotTheSameProcessIdIsLeftAlone() throws Exception {
    Process stranger = sleeper();
    try {
      leaveBehind(stranger.pid() + " " + (startOf(stranger) - 60_000) + "\n");
      try (var engine = new RunningEngine(data)) {
        assertThat(engine.engine().awaitSettled(Duration.ofSeconds(60))).isTrue();
        assertThat(stranger.isAlive()).isTrue();
      }
      assertThat(stranger.isAlive()).isTrue();
    } finally {
      stranger.destroyForcibly();
    }
  }
}
