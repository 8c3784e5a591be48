package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ChatTest extends WithEngine {

  @Test
  void theAnswerStreamsToStandardOutputAndNothingElseDoes() {
    Run.Result result = gtctl("chat", "tiny-chat", "What is the capital of Norway?");
    assertThat(result.code()).isZero();
    assertThat(result.out()).isEqualTo("The capital is [31mOslo.\n");
    assertThat(result.err()).isEmpty();
    JsonNode request = engine.chats.getFirst();
    assertThat(request.path("model").asText()).isEqualTo("greenthread/tiny-chat");
    assertThat(request.path("stream").asBoolean()).isTrue();
    assertThat(request.path("messages").toString())
        .isEqualTo("[{\"role\":\"user\",\"content\":\"What is the capital of Norway?\"}]");
  }

  @Test
  void aSleepingModelIsSaidToWake() {
    CountDownLatch told = new CountDownLatch(1);
    Run run = new Run(data);
    engine.beforeAnswer =
        () -> {
          run.until("it says that it wakes", () -> run.err().contains("big is asleep: waking…"));
          engine.setState("big", "pending", 1);
          run.until("it says what for", () -> run.err().contains("waits for room on the GPU"));
          told.countDown();
        };
    Run.Result result = run.gtctl("chat", "big", "Hello");
    assertThat(told.getCount()).isZero();
    assertThat(result.code()).isZero();
    assertThat(result.out()).isEqualTo("The capital is [31mOslo.\n");
  }

  @Test
  void optionsReachTheRequest() {
    gtctl(
        "chat",
        "tiny-chat",
        "Hi",
        "--system",
        "Be brief",
        "--max-tokens",
        "5",
        "--temperature",
        "0");
    JsonNode request = engine.chats.getFirst();
    assertThat(request.path("messages").path(0).path("content").asText()).isEqualTo("Be brief");
    assertThat(request.path("max_tokens").asInt()).isEqualTo(5);
    assertThat(request.path("temperature").asDouble(-1)).isZero();
  }

  @Test
  void pipedInputIsThePrompt() {
    Run.Result result = new Run(data).in("Hello\nthere\n").gtctl("chat", "tiny-chat");
    assertThat(result.code()).isZero();
    assertThat(engine.chats.getFirst().path("messages").path(0).path("content").asText())
        .isEqualTo("Hello\nthere");
    Run.Result nothing = new Run(data).in(" \n").gtctl("chat", "tiny-chat");
    assertThat(nothing.code()).isEqualTo(2);
    assertThat(nothing.err()).contains("there is no prompt");
  }

  @Test
  void aConversationRemembersUntilItIsToldToForget() {
    Run run =
        new Run(data)
            .terminal(true, false, false)
            .in("Hello\n\nAnd now?\n/new\nAgain\n/exit\nnever sent\n");
    assertThat(run.gtctl("chat", "tiny-chat").code()).isZero();
    assertThat(engine.chats).hasSize(3);
    assertThat(engine.chats.get(1).path("messages")).hasSize(3);
    assertThat(engine.chats.get(1).path("messages").path(1).path("role").asText())
        .isEqualTo("assistant");
    assertThat(engine.chats.get(2).path("messages")).hasSize(1);
  }

  @Test
  void aConversationOutlivesAFailedQuestion() {
    engine.chat = StubEngine.ChatAnswer.REFUSE;
    Run run = new Run(data).terminal(true, false, false).in("Hello\n");
    Run.Result result = run.gtctl("chat", "tiny-chat");
    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("error: tiny-chat cannot be woken");
  }

  @Test
  void refusalsAndBrokenStreamsFailInTheEnginesWords() {
    engine.chat = StubEngine.ChatAnswer.REFUSE;
    Run.Result refused = gtctl("chat", "tiny-chat", "Hi");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .contains("cannot be woken: only popular models hold the GPU", "HTTP 503");
    engine.chat = StubEngine.ChatAnswer.ERROR_IN_STREAM;
    Run.Result broken = gtctl("chat", "tiny-chat", "Hi");
    assertThat(broken.code()).isEqualTo(1);
    assertThat(broken.out()).endsWith("Oslo.\n");
    assertThat(broken.err()).contains("error: the runtime died");
    assertThat(broken.err()).contains("an error in mid-answer", "describe model tiny-chat");
    engine.chat = StubEngine.ChatAnswer.ERROR_AT_ONCE;
    assertThat(gtctl("chat", "tiny-chat", "Hi").err())
        .contains("error: the runtime died", "an error before the answer began")
        .doesNotContain("mid-answer", "NAME");
    engine.chat = StubEngine.ChatAnswer.CUT;
    assertThat(gtctl("chat", "tiny-chat", "Hi").err())
        .contains("the answer was cut off", "gtctl logs tiny-chat");
  }

  @Test
  void anEngineThatDiedMeanwhileIsSaidAsStatusSaysIt() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    engine.chat = StubEngine.ChatAnswer.CUT;
    engine.beforeAnswer =
        () -> {
          try {
            engine.announce(data, ended.pid(), Instant.now());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    Run.Result result = gtctl("chat", "tiny-chat", "Hi");
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.err())
        .contains("no engine is up", "process " + ended.pid(), "gtctl up")
        .doesNotContain("cut off");
    assertThat(gtctl("status").err()).isEqualTo(result.err());
  }

  @Test
  void theWordModelBeforeTheNameIsNotNeeded() {
    for (String verb : new String[] {"chat", "wake", "sleep"}) {
      Run.Result result = gtctl(verb, "model", "tiny-chat");
      assertThat(result.code()).isEqualTo(2);
      assertThat(result.err()).contains("did you mean: gtctl " + verb + " tiny-chat");
    }
    assertThat(engine.chats).isEmpty();
    assertThat(engine.requests).noneMatch(request -> request.startsWith("POST"));
  }

  @Test
  void aModelThatCannotChatIsNotAsked() {
    ((ObjectNode) engine.model("big").path("spec")).put("modelType", "embedding");
    Run.Result result = gtctl("chat", "big", "Hi");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("big is no chat Model, its modelType is embedding");
    assertThat(engine.chats).isEmpty();
  }

  @Test
  void anUnreachableModelIsNamedAndTheProxyIsAnotherWay() {
    ((ObjectNode) engine.model("big").path("status")).put("url", "http://127.0.0.1:1/v1");
    Run.Result result = gtctl("chat", "big", "Hi");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("no answer from http://127.0.0.1:1/v1/chat/completions");
    assertThat(gtctl("chat", "big", "Hi", "--proxy").code()).isZero();
  }

  @Test
  void onATerminalTheProgressIsTakenAwayBeforeTheAnswer() throws Exception {
    Run run = new Run(data).terminal(true, true, true).realClock();
    engine.setState("big", "waking", 1);
    CountDownLatch drawn = new CountDownLatch(1);
    engine.beforeAnswer =
        () -> {
          run.until("progress", () -> run.err().contains("loads its weights"));
          drawn.countDown();
        };
    run.gtctl("chat", "big", "Hi");
    assertThat(drawn.await(1, TimeUnit.SECONDS)).isTrue();
    assertThat(run.err()).contains("\r\u001b[2K").endsWith("\n");
  }
}
