package ai.greenthread.http.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {
  private static final Instant NOW = Instant.ofEpochSecond(7, 8_000);

  @TempDir private Path folder;

  private static List<JsonNode> lines(Path file) throws Exception {
    var lines = new ArrayList<JsonNode>();
    for (String line : Files.readAllLines(file)) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  @Test
  void aLineIsThereAsSoonAsItIsWrittenAndALaterLifeGoesOn() throws Exception {
    Path file = folder.resolve("new/engine.jsonl");
    try (HistoryFile first = HistoryFile.append(file, () -> NOW)) {
      assertThat(first.isKept()).isTrue();
      first.write("received", Map.of("request", "a\nb"));
      List<JsonNode> lines = lines(file);
      assertThat(lines).hasSize(2);
      assertThat(lines.getFirst().path("what").asText()).isEqualTo("life");
      assertThat(lines.getFirst().path("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
      assertThat(lines.getLast().path("at").asLong()).isEqualTo(7_000_008);
      assertThat(lines.getLast().path("by").asText()).isEqualTo("engine");
      assertThat(lines.getLast().path("life")).isEqualTo(lines.getFirst().path("life"));
      assertThat(lines.getLast().path("request").asText()).isEqualTo("a\nb");
    }
    HistoryFile.append(file, () -> NOW.plusMillis(1)).close();
    assertThat(lines(file)).hasSize(3);
    assertThat(lines(file).getLast().path("life"))
        .isNotEqualTo(lines(file).getFirst().path("life"));
  }
}
