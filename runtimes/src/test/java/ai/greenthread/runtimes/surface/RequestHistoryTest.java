package ai.greenthread.runtimes.surface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.greenthread.runtimes.simulated.Knobs;
import ai.greenthread.runtimes.simulated.SimulatedVllm;
import ai.greenthread.runtimes.simulated.SimulatorConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RequestHistoryTest {
  private static final String SECRET = "a-prompt-nobody-may-read";

  @TempDir private Path folder;

  private static HttpRequest asking(SimulatedVllm server, String id, boolean stream) {
    String body =
        "{\"stream\":"
            + stream
            + ",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\""
            + SECRET
            + "\"}]}";
    return HttpRequest.newBuilder(URI.create(server.url() + "/v1/chat/completions"))
        .header("x-request-id", id)
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private static List<String> told(Path file) throws Exception {
    var told = new ArrayList<String>();
    for (String line : Files.readAllLines(file)) {
      JsonObject json = Json.parseObject(line.getBytes(StandardCharsets.UTF_8));
      told.add(
          json.requiredText("what")
              + json.text("request").map(id -> " " + id).orElse("")
              + json.text("how").map(how -> " " + how).orElse(""));
    }
    return told;
  }

  @Test
  void requestsAreToldByTheirIdsAndNeverByTheirWords() throws Exception {
    Path file = folder.resolve("runtimes.jsonl");
    SimulatorConfig config = SimulatorConfig.defaults().with(Knobs.HISTORY, file.toString());
    try (SimulatedVllm server = SimulatedVllm.start(config);
        HttpClient http = HttpClient.newHttpClient()) {
      http.send(asking(server, "h-1", false), BodyHandlers.ofString());
      http.send(asking(server, "h-2", true), BodyHandlers.ofString());
      long patience = System.nanoTime() + 10_000_000_000L;
      while (told(file).size() < 7 && System.nanoTime() < patience) {
        Thread.sleep(5);
      }
    }
    assertThat(told(file))
        .containsExactly(
            "life",
            "begun h-1",
            "ended h-1 finished",
            "handed_over h-1",
            "begun h-2",
            "ended h-2 finished",
            "handed_over h-2");
    assertThat(Files.readString(file))
        .doesNotContain(SECRET)
        .contains("\"models\":[\"simulated\"]");
  }

  @Test
  void aFileThatCannotBeWrittenIsAWrongArgument() {
    String file = folder.resolve("no/such/folder/file").toString();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RequestHistory.in(file, InstantSource.system(), List.of()))
        .withMessageContaining("--history");
  }
}
