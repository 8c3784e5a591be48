package ai.greenthread.e2e.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFilesTest {
  @TempDir private Path folder;

  @Test
  void whatClientsWriteIsRead() throws Exception {
    try (ClientHistory clients = ClientHistory.in(folder, () -> Instant.ofEpochSecond(1))) {
      clients.sent("a", "m");
      clients.firstByte("a");
      clients.answered("a", "a", "m", "digest");
      clients.refused("b", 503, "wake_failed");
      clients.cut("c", "reset");
      clients.unreached("d", "refused");
      clients.killed(7, "m");
      clients.engineUp();
    }
    Files.writeString(folder.resolve(HistoryFiles.ENGINE), "");
    Files.writeString(folder.resolve(HistoryFiles.RUNTIMES), "");
    long at = 1_000_000;
    assertThat(HistoryFiles.read(folder).all())
        .containsExactly(
            new Seen.Sent(at, "a", "m"),
            new Seen.FirstByte(at, "a"),
            new Seen.Answered(at, "a", "a", "m", "digest"),
            new Seen.Refused(at, "b", 503, "wake_failed"),
            new Seen.Cut(at, "c", "reset"),
            new Seen.Unreached(at, "d", "refused"),
            new Seen.Killed(at, 7, "m"),
            new Seen.EngineUp(at));
  }

  @Test
  void aLineThatIsNotUnderstoodIsNotPassedOver() throws Exception {
    Files.writeString(
        folder.resolve(HistoryFiles.CLIENTS), "{\"by\":\"client\",\"what\":\"hm\"}\n");
    assertThatIOException()
        .isThrownBy(() -> HistoryFiles.read(folder))
        .withMessageContaining("clients.jsonl, line 1");
  }
}
