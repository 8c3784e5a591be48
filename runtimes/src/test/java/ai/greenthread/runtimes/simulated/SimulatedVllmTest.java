package ai.greenthread.runtimes.simulated;

import static ai.greenthread.runtimes.testing.Client.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.greenthread.runtimes.surface.Departure;
import ai.greenthread.runtimes.surface.JsonObject;
import ai.greenthread.runtimes.testing.Client;
import ai.greenthread.runtimes.testing.Client.Answer;
import ai.greenthread.runtimes.testing.Eventually;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The simulator in health: what vLLM answers, and when. */
class SimulatedVllmTest extends SimulatorTest {

  @Test
  void greedyAnswersAreAFingerprintOfTheModel() throws Exception {
    Client one = client(start(config()));
    Client same = client(start(config()));
    Client other = client(start(config().set(Knobs.SERVED_MODEL_NAME, "other,simulated")));
    String text = one.post(CHAT, question("Who are you?")).text();
    assertThat(text).startsWith("user: Who are you? ").hasSizeGreaterThan(40);
    assertThat(one.post(CHAT, question("Who are you?")).text()).isEqualTo(text);
    assertThat(same.post(CHAT, question("Who are you?")).text()).isEqualTo(text);
    assertThat(other.post(CHAT, question("Who are you?")).text()).isNotEqualTo(text);
    assertThat(one.post(CHAT, with(question("Who are you?"), "temperature", 1)).text())
        .isNotEqualTo(text);
  }

  @Test
  void streamsTheSameTextThatItAnswersWhole() throws Exception {
    Client client = client(start(config()));
    Answer whole = client.post(CHAT, question("Tell me"));
    List<String> events = client.stream(CHAT, with(question("Tell me"), "stream", true));
    assertThat(events).last().isEqualTo("[DONE]");
    StringBuilder text = new StringBuilder();
    for (String event : events.subList(0, events.size() - 1)) {
      JsonObject choice = new Answer(200, event).json().objects("choices").getFirst();
      choice.object("delta").orElseThrow().text("content").ifPresent(text::append);
    }
    assertThat(text).hasToString(whole.text());
    assertThat(whole.finishReason()).isEqualTo("stop");
    assertThat(client.post(CHAT, with(question("Tell me"), "max_tokens", 4)).finishReason())
        .isEqualTo("length");
    Answer exact =
        client.post(CHAT, with(with(question("Tell me"), "max_tokens", 321), "ignore_eos", true));
    assertThat(exact.usage().whole("completion_tokens")).hasValue(321);
  }

  @Test
  void vectorsOfLikeTextsAreNear() throws Exception {
    Client client = client(start(config()));
    JsonObject answer =
        client
            .post(
                "/v1/embeddings",
                Map.of("input", List.of("the cat sat down", "the cat sat up", "stock market")))
            .json();
    List<double[]> vectors =
        answer.objects("data").stream()
            .map(datum ->
                datum.list("embedding").orElseThrow().stream()
                    .mapToDouble(number -> ((Number) number).doubleValue())
                    .toArray())
            .toList();
    assertThat(product(vectors.get(0), vectors.get(0))).isCloseTo(1, within(1e-3));
    assertThat(product(vectors.get(0), vectors.get(1)))
        .isGreaterThan(product(vectors.get(0), vectors.get(2)) + 0.3);
    String base64 =
        client
            .post("/v1/embeddings", Map.of("input", "cat", "encoding_format", "base64"))
            .json()
            .objects("data")
            .getFirst()
            .requiredText("embedding");
    assertThat(Base64.getDecoder().decode(base64)).hasSize(4 * 64);
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void tokensTurnBackIntoTheirText() throws Exception {
    Client client = client(start(config()));
    JsonObject tokens = client.post("/tokenize", Map.of("prompt", "Grüße 😀!")).json();
    assertThat(
            client
                .post("/detokenize", Map.of("tokens", tokens.integers("tokens")))
                .json()
                .text("prompt"))
        .hasValue("Grüße 😀!");
  }

  @Test
  void takesTheTimeItIsToldToTake() throws Exception {
    SimulatedVllm simulator =
        start(
            config()
                .with(Knobs.TTFT, Duration.ofMillis(60))
                .with(Knobs.PREFILL_PER_TOKEN, Duration.ofMillis(2))
                .with(Knobs.ITL, Duration.ofMillis(10)));
    Client client = client(simulator);
    Map<String, Object> body = with(question("0123456789".repeat(10)), "max_tokens", 6);
    long began = System.nanoTime();
    Answer answer = client.post(CHAT, body);
    Duration cold = Duration.ofNanos(System.nanoTime() - began);
    long prompt = answer.usage().whole("prompt_tokens").orElseThrow();
    assertThat(cold).isGreaterThanOrEqualTo(Duration.ofMillis(60 + 2 * prompt + 5 * 10));
    client.post(CHAT, body);
    assertThat(client.metric("vllm:prefix_cache_hits_total", "")).isGreaterThan(16);
    assertThat(client.metric("vllm:time_to_first_token_seconds_count", "")).isEqualTo(2);
    assertThat(client.metric("vllm:inter_token_latency_seconds_count", "")).isEqualTo(10);
  }

  @Test
  void letsNoMoreAnswersRunThanItMayAndTheOthersWaitInOrder() throws Exception {
    SimulatedVllm simulator =
        start(config().with(Knobs.MAX_NUM_SEQS, 2).with(Knobs.TTFT, Duration.ofSeconds(30)));
    Client client = client(simulator);
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      answers.add(later(client, CHAT, question("Wait")));
    }
    Eventually.isTrue("two run", () -> client.metric("vllm:num_requests_running", "") == 2);
    Eventually.isTrue("three wait", () -> client.metric("vllm:num_requests_waiting", "") == 3);
    assertThat(client.get("/load").json().whole("server_load")).hasValue(5);
    simulator.turn(Knobs.TTFT, Duration.ZERO);
    simulator.turn(Knobs.MAX_NUM_SEQS, 5);
    Eventually.isTrue(
        "the three that waited are answered",
        () -> answers.stream().filter(CompletableFuture::isDone).count() == 3);
    assertThat(simulator.running()).isEqualTo(2);
  }

  @Test
  void noticesClientsThatLeaveWhereverTheirRequestIs() throws Exception {
    SimulatedVllm simulator =
        start(config().with(Knobs.MAX_NUM_SEQS, 1).with(Knobs.ITL, Duration.ofSeconds(30)));
    Client client = client(simulator);
    try (Socket streaming = client.leaveLater(CHAT, with(question("Go on"), "stream", true))) {
      Client.readUntil(streaming, "\"delta\"");
      try (Socket queued = client.leaveLater(CHAT, question("Queued"))) {
        Eventually.isTrue("it waits", () -> simulator.waiting() == 1);
        assertThat(queued.isConnected()).isTrue();
      }
      Eventually.isTrue("it left the queue", () -> simulator.departures().size() == 1);
    }
    Eventually.isTrue("the stream was felt", () -> simulator.departures().size() == 2);
    simulator.turn(Knobs.TTFT, Duration.ofSeconds(30));
    try (Socket silent = client.leaveLater(CHAT, question("Silence"))) {
      Eventually.isTrue("it runs", () -> simulator.running() == 1);
      assertThat(silent.isConnected()).isTrue();
    }
    Eventually.isTrue("the silence was felt", () -> simulator.departures().size() == 3);
    assertThat(simulator.departures())
        .extracting(Departure::phase)
        .containsExactly(
            Departure.Phase.QUEUED, Departure.Phase.STREAMING, Departure.Phase.BEFORE_FIRST_TOKEN);
    assertThat(simulator.departures())
        .allSatisfy(left -> assertThat(left.stoppedAfter()).isLessThan(Duration.ofSeconds(5)));
    System.out.println("simulator stopped after " + simulator.departures());
    assertThat(simulator.running()).isZero();
    assertThat(client.get("/admin/state").json().objects("departures")).hasSize(3);
  }

  @Test
  void wantsItsKeyOnModelRoutesOnly() throws Exception {
    Client client = client(start(config().with(Knobs.API_KEY, "k3y")));
    Answer refused = client.post(CHAT, question("Hello"));
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.body()).isEqualTo("{\"error\":\"Unauthorized\"}");
    assertThat(client.post(CHAT, question("Hello"), "Authorization", "Bearer k3y").status())
        .isEqualTo(200);
    assertThat(client.get("/health").status()).isEqualTo(200);
    assertThat(client.post("/sleep").status()).isEqualTo(200);
  }

  @Test
  void turnsKnobsOverHttpAndNamesTheOnesItDoesNotHave() throws Exception {
    SimulatedVllm simulator = start(config());
    Client client = client(simulator);
    Answer turned = client.post("/admin/config", Map.of("ttft", "250ms", "answer-tokens", 3));
    assertThat(turned.json().text("ttft")).hasValue("250.0ms");
    assertThat(simulator.config().get(Knobs.ANSWER_TOKENS)).isEqualTo(3);
    Answer unknown = client.post("/admin/config", Map.of("tfft", "1s"));
    assertThat(unknown.status()).isEqualTo(400);
    assertThat(unknown.error().requiredText("message")).contains("tfft");
    Answer wrong = client.post("/admin/config", Map.of("is-sleeping", "perhaps"));
    assertThat(wrong.error().requiredText("message")).contains("truth|true|false");
    assertThat(simulator.config().get(Knobs.IS_SLEEPING)).isEqualTo(Knobs.SleepingAnswer.TRUTH);
  }
}
