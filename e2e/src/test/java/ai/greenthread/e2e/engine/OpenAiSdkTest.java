package ai.greenthread.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's own SDK from npm, unchanged: a base URL is all it is given. */
class OpenAiSdkTest {
  private static final Path SDK = Engine.ROOT.resolve("e2e/sdk");

  @Test
  void theSdkListsChatsStreamsAndAborts(@TempDir Path data) throws Exception {
    install();
    try (Engine gt = Engine.start(data)) {
      gt.applySlowModel();
      JsonNode said =
          Engine.JSON.readTree(
              run(
                  data,
                  "node",
                  "conversation.mjs",
                  gt.proxy() + "/v1",
                  "greenthread/tiny-chat-fast",
                  "greenthread/slow"));

      assertThat(said.path("models").toString())
          .contains("greenthread/tiny-chat-fast", "greenthread/tiny-chat-precise");
      assertThat(said.path("answer").asText()).isEqualTo(Engine.ANSWER);
      assertThat(said.path("usage").path("completion_tokens").asInt()).isEqualTo(14);
      assertThat(said.path("streamed").asText()).isEqualTo(Engine.ANSWER);
      assertThat(said.path("finish").asText()).isEqualTo("stop");
      assertThat(said.path("received").asInt()).isPositive();
      assertThat(said.path("unknown").path("name").asText()).isEqualTo("NotFoundError");
      assertThat(said.path("unknown").path("code").asText()).isEqualTo("model_not_found");
      assertThat(said.path("unknown").path("message").asText())
          .contains("greenthread/tiny-chat-fast");

      Engine.await(
          "the runtime stops the aborted answer",
          Duration.ofSeconds(5),
          () -> {
            try {
              JsonNode state = gt.simulatorState();
              return state.path("running").asInt() == 0 && state.path("departures").size() == 1;
            } catch (IOException e) {
              return false;
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              return false;
            }
          });
      System.out.println("the runtime saw the abort: " + gt.simulatorState().path("departures"));
    }
  }

  /** Once per lock file; npm's registry is the only thing asked. */
  private static void install() throws Exception {
    Path mark = SDK.resolve("node_modules/.installed");
    String wanted = Files.readString(SDK.resolve("package-lock.json"));
    if (!Files.exists(mark) || !Files.readString(mark).equals(wanted)) {
      run(SDK, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
      Files.writeString(mark, wanted);
    }
  }

  private static String run(Path traces, String... words) throws Exception {
    Path out = Files.createTempFile(traces, "sdk", ".out");
    Path err = Files.createTempFile(traces, "sdk", ".err");
    try {
      Process process =
          new ProcessBuilder(new ArrayList<>(List.of(words)))
              .directory(SDK.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        process.destroyForcibly();
      }
      assertThat(process.waitFor())
          .as(String.join(" ", words) + ": " + Files.readString(err))
          .isZero();
      return Files.readString(out);
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
