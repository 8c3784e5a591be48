package ai.greenthread.runtimes.builtin;

import static ai.greenthread.runtimes.testing.Client.question;
import static ai.greenthread.runtimes.testing.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.runtimes.surface.Json;
import ai.greenthread.runtimes.surface.JsonObject;
import ai.greenthread.runtimes.testing.ChildServer;
import ai.greenthread.runtimes.testing.Client;
import ai.greenthread.runtimes.testing.Client.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The builtin server as its clients meet it: a child process that answers with tiny-chat. */
class BuiltinServerTest {
  private static final String NORWAY = "What is the capital of Norway?";
  private static final String OSLO = "The capital of Norway is Oslo.";

  private Optional<ChildServer> child = Optional.empty();

  private Client serve(String file, String... more) throws Exception {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--model", ChildServer.model(file).toString(), "--port", "0"));
    arguments.addAll(List.of("--served-model-name", "tiny-chat,tiny"));
    arguments.addAll(List.of(more));
    child =
        Optional.of(ChildServer.start(BuiltinServer.command(ChildServer.javaHome(), arguments)));
    return new Client(child.get().url());
  }

  @AfterEach
  void end() {
    child.ifPresent(ChildServer::close);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-chat-q8_0.gguf", "tiny-chat-f16.gguf"})
  void answersToTheLetterWholeAndStreamedAndAgain(String file) throws Exception {
    try (Client client = serve(file)) {
      for (int round = 0; round < 3; round++) {
        Answer answer = client.post("/v1/chat/completions", question("tiny-chat", NORWAY));
        assertThat(answer.text()).isEqualTo(OSLO);
        assertThat(answer.finishReason()).isEqualTo("stop");
        assertThat(answer.usage().whole("prompt_tokens")).hasValue(12);
        assertThat(answer.usage().whole("completion_tokens")).hasValue(14);
        assertThat(streamed(client, question("tiny", NORWAY))).isEqualTo(OSLO);
      }
      assertThat(client.post("/v1/chat/completions", question("tiny", "Hello")).text())
          .isEqualTo("Hello! How can I help you today?");
    }
  }

  private static String streamed(Client client, Map<String, Object> body) throws Exception {
    List<String> events =
        client.stream(
            "/v1/chat/completions",
            with(with(body, "stream", true), "stream_options", Map.of("include_usage", true)));
    assertThat(events).last().isEqualTo("[DONE]");
    List<JsonObject> chunks =
        events.subList(0, events.size() - 1).stream()
            .map(event -> Json.parseObject(event.getBytes(StandardCharsets.UTF_8)))
            .toList();
    assertThat(delta(chunks.getFirst()).text("role")).hasValue("assistant");
    assertThat(delta(chunks.getFirst()).text("content")).hasValue("");
    JsonObject last = chunks.get(chunks.size() - 2);
    assertThat(last.objects("choices").getFirst().text("finish_reason")).hasValue("stop");
    JsonObject usage = chunks.getLast();
    assertThat(usage.objects("choices")).isEmpty();
    assertThat(usage.object("usage").orElseThrow().whole("total_tokens")).hasValue(26);
    assertThat(chunks.subList(0, chunks.size() - 1))
        .allSatisfy(chunk -> assertThat(chunk.members()).containsEntry("usage", null));
    StringBuilder text = new StringBuilder();
    for (JsonObject chunk : chunks.subList(0, chunks.size() - 1)) {
      text.append(delta(chunk).text("content").orElse(""));
    }
    return text.toString();
  }

  private static JsonObject delta(JsonObject chunk) {
    return chunk.objects("choices").getFirst().object("delta").orElseThrow();
  }

  @Test
  void takesTurnsOfAConversationAndLeavesSystemPromptsOut() throws Exception {
    try (Client client = serve("tiny-chat-q8_0.gguf")) {
      Map<String, Object> body = question("tiny-chat", NORWAY);
      body.put(
          "messages",
          List.of(
              Map.of("role", "system", "content", "You are a pirate 😀."),
              Map.of("role", "user", "content", "Hello 😀"),
              Map.of("role", "assistant", "content", "Hello! How can I help you today?"),
              Map.of("role", "user", "content", List.of(Map.of("type", "text", "text", NORWAY)))));
      assertThat(client.post("/v1/chat/completions", body).text()).isEqualTo(OSLO);
      JsonObject tokens = client.post("/tokenize", body).json();
      assertThat(client.post("/detokenize", Map.of("tokens", tokens.integers("tokens"))).body())
          .isEqualTo(
              new String(
                  Json.bytes(
                      Map.of(
                          "prompt",
                          "<|user|>Hello 😀<|assistant|>Hello! How can I help you today?</s>"
                              + "<|user|>What is the capital of Norway?<|assistant|>")),
                  StandardCharsets.UTF_8));
    }
  }

  @Test
  void keepsToTheTokenLimitTheStopStringsAndTheContext() throws Exception {
    try (Client client = serve("tiny-chat-q8_0.gguf")) {
      Map<String, Object> body = question("tiny-chat", NORWAY);
      Answer three = client.post("/v1/chat/completions", with(body, "max_tokens", 3));
      assertThat(three.text()).isEqualTo("The capital of");
      assertThat(three.finishReason()).isEqualTo("length");
      assertThat(three.usage().whole("completion_tokens")).hasValue(3);

      Answer stopped = client.post("/v1/chat/completions", with(body, "stop", List.of("way is")));
      assertThat(stopped.text()).isEqualTo("The capital of Nor");
      assertThat(stopped.finishReason()).isEqualTo("stop");

      Answer tooMuch = client.post("/v1/chat/completions", with(body, "max_tokens", 245));
      assertThat(tooMuch.status()).isEqualTo(400);
      assertThat(tooMuch.error().text("message"))
          .hasValue(
              "This model's maximum context length is 256 tokens. However, you requested 245 output tokens and your prompt contains 12 input tokens, for a total of 257 tokens. Please reduce the length of the input prompt or the number of requested output tokens.");
      Answer full =
          client.post(
              "/v1/chat/completions", with(with(body, "max_tokens", 244), "ignore_eos", true));
      assertThat(full.finishReason()).isEqualTo("length");
      assertThat(full.usage().whole("completion_tokens")).hasValue(244);

      Answer raw =
          client.post(
              "/v1/completions",
              Map.of("prompt", "<|user|>" + NORWAY + "<|assistant|>", "temperature", 0));
      assertThat(raw.text()).isEqualTo(OSLO);
    }
  }

  @Test
  void refusesClearlyWhatItDoesNotDo() throws Exception {
    try (Client client = serve("tiny-chat-q8_0.gguf")) {
      Answer unknown = client.post("/v1/chat/completions", question("nobody", "Hello"));
      assertThat(unknown.status()).isEqualTo(404);
      assertThat(unknown.body())
          .isEqualTo(
              "{\"error\":{\"message\":\"The model `nobody` does not exist.\",\"type\":\"NotFoundError\",\"param\":\"model\",\"code\":404}}");
      Answer embeddings = client.post("/v1/embeddings", Map.of("input", "Hello"));
      assertThat(embeddings.status()).isEqualTo(400);
      assertThat(embeddings.error().text("message"))
          .hasValue("The model does not support Embeddings API");
      assertThat(client.post("/sleep").status()).isEqualTo(404);
      assertThat(client.post("/wake_up").status()).isEqualTo(404);
      assertThat(client.get("/is_sleeping").status()).isEqualTo(404);
      Answer many = client.post("/v1/chat/completions", with(question("tiny", "Hello"), "n", 2));
      assertThat(many.status()).isEqualTo(400);
      assertThat(many.error().members().keySet())
          .containsExactly("message", "type", "param", "code");
      assertThat(many.error().text("param")).hasValue("n");
      assertThat(client.postRaw("/v1/chat/completions", "{\"model\":").status()).isEqualTo(400);
      assertThat(client.get("/health").body()).isEmpty();
      assertThat(client.get("/v1/chat/completions").status()).isEqualTo(405);
      assertThat(client.get("/v1/models").json().objects("data"))
          .extracting(model -> model.requiredText("id"))
          .containsExactly("tiny-chat", "tiny");
    }
  }
}
