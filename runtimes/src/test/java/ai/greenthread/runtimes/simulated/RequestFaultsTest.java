package ai.greenthread.runtimes.simulated;

import static ai.greenthread.runtimes.testing.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.runtimes.surface.ErrorShape;
import ai.greenthread.runtimes.testing.Client;
import ai.greenthread.runtimes.testing.Client.Answer;
import ai.greenthread.runtimes.testing.Eventually;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every way in which a request can be told to go wrong. */
class RequestFaultsTest extends SimulatorTest {

  private SimulatedVllm start(String faults) throws Exception {
    return start(config().set(Knobs.FAULTS, faults));
  }

  @ParameterizedTest
  @CsvSource({
    "400, 400, BadRequestError",
    "context, 400, BadRequestError",
    "404, 404, NotFoundError",
    "429, 429, RateLimitError",
    "500, 500, InternalServerError",
    "503, 503, ServiceUnavailableError"
  })
  void answersTheNextTwoRequestsWithTheError(String fault, int status, String type)
      throws Exception {
    Client client = client(start(fault + "*2"));
    for (int i = 0; i < 2; i++) {
      Answer refused = client.post(CHAT, question("Hello"));
      assertThat(refused.status()).isEqualTo(status);
      assertThat(refused.error().members().keySet())
          .containsExactly("message", "type", "param", "code");
      assertThat(refused.error().text("type")).hasValue(type);
    }
    assertThat(client.post(CHAT, question("Hello")).status()).isEqualTo(200);
  }

  @Test
  void failsASeededShareOfTheRequests() throws Exception {
    Client client = client(start("503%0.5"));
    int failed = 0;
    for (int i = 0; i < 60; i++) {
      failed += client.post(CHAT, question("Hello")).status() == 503 ? 1 : 0;
    }
    assertThat(failed).isBetween(15, 45);
  }

  @Test
  void failsTheRequestThatAsksForIt() throws Exception {
    Client client = client(start(config()));
    assertThat(client.post(CHAT, question("Hello"), FaultPicker.HEADER, "429").status())
        .isEqualTo(429);
    assertThat(client.post(CHAT, question("Hello"), FaultPicker.HEADER, "garbage").text())
        .matches("!+");
    assertThat(client.post(CHAT, question("Hello"), FaultPicker.HEADER, "401").body())
        .isEqualTo("{\"error\":\"Unauthorized\"}");
    assertThat(client.post(CHAT, question("Hello"), FaultPicker.HEADER, "wobble").status())
        .isEqualTo(400);
    assertThat(client.post(CHAT, question("Hello")).status()).isEqualTo(200);
  }

  @Test
  void speaksTheOlderErrorShape() throws Exception {
    Client client = client(start(config().with(Knobs.ERROR_SHAPE, ErrorShape.FLAT)));
    Answer refused = client.post(CHAT, Client.question("nobody", "Hello"));
    assertThat(refused.body())
        .isEqualTo(
            "{\"object\":\"error\",\"message\":\"The model `nobody` does not exist.\",\"type\":\"NotFoundError\",\"param\":\"model\",\"code\":404}");
  }

  @Test
  void cutsAStreamInTheMiddle() throws Exception {
    Client client = client(start("cut@3"));
    try (Socket socket = client.leaveLater(CHAT, with(question("Hello"), "stream", true))) {
      byte[] bytes = new byte[64 << 10];
      int length = 0;
      boolean broken = false;
      try {
        for (int read = 0; read >= 0; read = socket.getInputStream().read(bytes, length, 4096)) {
          length += read;
        }
      } catch (IOException _) {
        broken = true;
      }
      String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
      assertThat(broken).isTrue();
      assertThat(text).doesNotContain("[DONE]").doesNotContain("\r\n0\r\n");
    }
    assertThat(later(client, CHAT, question("Hello")))
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableOfType(ExecutionException.class);
  }

  @Test
  void sendsAnErrorEventInAStreamAndA500Otherwise() throws Exception {
    Client client = client(start("error@2"));
    List<String> events = client.stream(CHAT, with(question("Hello"), "stream", true));
    assertThat(events).last().isEqualTo("[DONE]");
    assertThat(events.get(events.size() - 2)).startsWith("{\"error\":{\"message\":");
    assertThat(client.post(CHAT, question("Hello")).status()).isEqualTo(500);
  }

  @Test
  void breaksAConnectionBeforeTheAnswer() throws Exception {
    Client client = client(start("reset"));
    assertThat(later(client, CHAT, question("Hello")))
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableOfType(ExecutionException.class);
  }

  @Test
  void hangsUntilTheClientLeaves() throws Exception {
    Client client = client(start(config()));
    CompletableFuture<Answer> hung =
        later(client, CHAT, question("Hello"), FaultPicker.HEADER, "hang");
    assertThat(client.post(CHAT, question("Hello")).status()).isEqualTo(200);
    assertThat(hung).isNotDone();
  }

  @Test
  void sendsByteAfterByteSlowly() throws Exception {
    Client client = client(start("slow@2"));
    long began = System.nanoTime();
    Answer answer = client.post(CHAT, with(question("Hello"), "max_tokens", 1));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isGreaterThan(Duration.ofMillis(2L * answer.body().length()));
  }

  @Test
  void runsOutOfMemoryInARequest() throws Exception {
    Client client = client(start("oom"));
    assertThat(client.post(CHAT, question("Hello")).status()).isEqualTo(500);
    assertThat(client.get("/health").status()).isEqualTo(503);
  }

  @Test
  void healthAndMetricsCanLie() throws Exception {
    SimulatedVllm simulator = start(config());
    Client client = client(simulator);
    simulator.turn(Knobs.HEALTH, Knobs.HealthAnswer.DEAD);
    assertThat(client.get("/health").status()).isEqualTo(503);

    simulator.turn(Knobs.METRICS, Knobs.MetricsAnswer.OLDER);
    assertThat(client.get("/metrics").body())
        .contains("vllm:gpu_cache_usage_perc", "vllm:time_per_output_token_seconds")
        .doesNotContain("vllm:kv_cache_usage_perc", "vllm:inter_token_latency_seconds");
    simulator.turn(Knobs.METRICS, Knobs.MetricsAnswer.MISSING);
    assertThat(client.get("/metrics").status()).isEqualTo(404);
    simulator.turn(Knobs.METRICS, Knobs.MetricsAnswer.STALE);
    String page = client.get("/metrics").body();
    client.post(CHAT, question("Hello"));
    assertThat(client.get("/metrics").body()).isEqualTo(page);
    simulator.turn(Knobs.METRICS, Knobs.MetricsAnswer.CURRENT);
    assertThat(client.get("/metrics").body()).isNotEqualTo(page);
  }

  @Test
  void aHangingHealthCheckGivesNoAnswer() throws Exception {
    SimulatedVllm simulator = start(config().with(Knobs.HEALTH, Knobs.HealthAnswer.HANG));
    Client client = client(simulator);
    try (Socket asking = client.connect()) {
      asking
          .getOutputStream()
          .write("GET /health HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(client.get("/version").status()).isEqualTo(200);
      assertThat(asking.getInputStream().available()).isZero();
    }
  }

  @Test
  void aDeadEngineIsSeenInHealthAndCanBeCalledForByHand() throws Exception {
    SimulatedVllm simulator = start(config());
    Client client = client(simulator);
    client.post("/admin/die");
    Eventually.isTrue("it is dead", () -> client.get("/health").status() == 503);
    assertThat(simulator.heldByDevice()).containsEntry(0, 0L);
  }
}
