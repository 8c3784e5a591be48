package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.runtimes.simulated.Knobs;
import ai.greenthread.standalone.RunningEngine.Answer;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class SimulatedMemoryTest {
  private static final Path LEDGER = Path.of("ledger");

  @TempDir Path data;

  @ParameterizedTest
  @CsvSource({"small,8388608", "plain,1932735283"})
  void aSmallModelSleepsAndItsServerLivesOn(String kind, long bytes) throws Exception {
    String manifest = kind.equals("small") ? Manifest.small("tiny") : Manifest.plain("tiny");
    try (var engine = new RunningEngine(data)) {
      engine.apply("tiny", manifest);
      assertThat(engine.engine().awaitSettled(Duration.ofSeconds(60))).isTrue();
      String server = Files.readString(data.resolve("run/default.tiny-0.pid"));
      for (int round = 0; round < 2; round++) {
        assertThat(engine.ask("org/tiny")).isEqualTo(200);
        assertThat(
                engine
                    .get(RunningEngine.MODELS + "tiny")
                    .at("/status/servingMemoryPerGPU")
                    .asLong())
            .isCloseTo(bytes, org.assertj.core.data.Offset.offset(1L));
        Answer asleep = engine.call("POST", RunningEngine.MODELS + "tiny/sleep", "");
        assertThat(asleep.body().path("new_state").asText()).isEqualTo("sleeping");
        assertThat(asleep.body().path("duration_ms").asLong()).isLessThan(4_000);
      }
      assertThat(data.resolve("run/default.tiny-0.pid")).hasContent(server.strip());
      JsonNode gpu = engine.get(EngineApi.GROUP + "/namespaces/greenthread-system/gpus");
      assertThat(gpu.at("/items/0/status/stats/usedMemoryBytes").asLong()).isEqualTo(bytes / 16);
    }
  }

  private static Map<String, String> options(Model model) {
    return ((RuntimeSpec.Simulated) model.spec().runtime()).options();
  }

  @Test
  void whatTheModelSaysOfItselfStays() throws Exception {
    Model said =
        RunningFleet.model(
            Manifest.simulated("m")
                .replace(
                    "\"real-memory\": \"256Mi\"",
                    "\"gpu-memory\": \"1GiB\", \"weights\": \"2GiB\", \"ttft\": \"1s\""));
    Map<String, String> options =
        options(SimulatedMemory.on(said, 1, Bytes.ofGiB(2), Bytes.ofMiB(512), LEDGER));
    assertThat(options)
        .containsAllEntriesOf(options(said))
        .containsEntry(Knobs.LEDGER.name(), "ledger")
        .containsEntry(Knobs.GPU_MEMORY_UTILIZATION.name(), "0.5");
  }

  @Test
  void severalDevicesShareTheWeights() throws Exception {
    Model two = RunningFleet.model(Manifest.plain("m"));
    Map<String, String> options =
        options(SimulatedMemory.on(two, 2, Bytes.ofGiB(2), Bytes.ofGiB(1), LEDGER));
    assertThat(options)
        .containsEntry(Knobs.GPU_MEMORY.name(), Long.toString(2L << 30))
        .containsEntry(Knobs.GPU_MEMORY_UTILIZATION.name(), "0.5")
        .containsEntry(Knobs.WEIGHTS.name(), Long.toString(1L << 30))
        .containsEntry(Knobs.RESIDUE.name(), Long.toString(64L << 20));
  }
}
