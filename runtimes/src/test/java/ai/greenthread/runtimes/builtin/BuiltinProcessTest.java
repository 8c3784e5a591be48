package ai.greenthread.runtimes.builtin;

import static ai.greenthread.runtimes.testing.Client.question;
import static ai.greenthread.runtimes.testing.Client.with;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.runtimes.gguf.RandomGguf;
import ai.greenthread.runtimes.gguf.RandomShape;
import ai.greenthread.runtimes.testing.ChildServer;
import ai.greenthread.runtimes.testing.Client;
import ai.greenthread.runtimes.testing.Client.Answer;
import ai.greenthread.runtimes.testing.Eventually;
import ai.greenthread.runtimes.testing.ParentThatStartsAChild;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The builtin server as a process: its memory, its end, and what it does when clients leave. */
class BuiltinProcessTest {
  private static final String RUNNING = "vllm:num_requests_running";
  private static final String WAITING = "vllm:num_requests_waiting";
  private static final String STOPPED = "greenthread:client_departure_stop_seconds";
  private static final String DEPARTED = "greenthread:client_departures_total";

  private final List<ChildServer> children = new ArrayList<>();

  private ChildServer serve(Path model, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--model", model.toString(), "--port", "0"));
    arguments.addAll(List.of("--served-model-name", "m"));
    arguments.addAll(List.of(more));
    ChildServer child = ChildServer.start(BuiltinServer.command(ChildServer.javaHome(), arguments));
    children.add(child);
    return child;
  }

  private static Path tinyChat() {
    return ChildServer.model("tiny-chat-q8_0.gguf");
  }

  /** A model slow enough that a client can leave in the middle of something. */
  private static Path slowModel(Path folder) throws Exception {
    Path file = folder.resolve("slow.gguf");
    RandomGguf.write(file, RandomShape.ofBytes(100_000_000, false, 4096, 7));
    return file;
  }

  @AfterEach
  void end() {
    children.forEach(ChildServer::close);
  }

  @Test
  void stopsTheModelWhenItsClientLeavesInSilenceInMidStreamOrInTheQueue(@TempDir Path folder)
      throws Exception {
    ChildServer child = serve(slowModel(folder));
    try (Client client = new Client(child.url())) {
      Map<String, Object> endless =
          with(with(question("m", "Go on"), "ignore_eos", true), "stream", true);
      Map<String, Object> longPrompt = question("m", "0123456789 ".repeat(300));

      try (Socket silent = client.leaveLater("/v1/chat/completions", longPrompt)) {
        Eventually.isTrue("it reads the prompt", () -> client.metric(RUNNING, "") == 1);
        assertThat(silent.isConnected()).isTrue();
      }
      Eventually.isTrue("the reading stopped", () -> client.metric(RUNNING, "") == 0);
      departed(client, "before_first_token");
      assertThat(client.metric("vllm:generation_tokens_total", "")).isZero();

      try (Socket streaming = client.leaveLater("/v1/chat/completions", endless)) {
        Client.readUntil(streaming, "\"delta\"");
        try (Socket queued = client.leaveLater("/v1/chat/completions", endless)) {
          Eventually.isTrue("the second one waits", () -> client.metric(WAITING, "") == 1);
          assertThat(queued.isConnected()).isTrue();
        }
        Eventually.isTrue("the queue is empty again", () -> client.metric(WAITING, "") == 0);
        assertThat(client.metric(RUNNING, "")).isEqualTo(1);
      }
      Eventually.isTrue("the stream stopped", () -> client.metric(RUNNING, "") == 0);
      departed(client, "queued");
      departed(client, "streaming");
      assertThat(client.metric("vllm:request_success_total", "abort")).isEqualTo(3);
      System.out.printf(
          "builtin stopped %.0f ms after its clients left, on average%n",
          client.metric(STOPPED + "_sum", "") / client.metric(STOPPED + "_count", "") * 1e3);
    }
  }

  private static void departed(Client client, String phase) throws Exception {
    Eventually.isTrue(
        "one departure is recorded as " + phase, () -> client.metric(DEPARTED, phase) == 1);
  }

  @Test
  void writesSeveralAnswersAtOnceWhenAllowedTo() throws Exception {
    ChildServer child = serve(tinyChat(), "--max-num-seqs", "2");
    try (Client client = new Client(child.url())) {
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String question = i % 2 == 0 ? "What is the capital of Norway?" : "Hello";
        answers.add(
            CompletableFuture.supplyAsync(() -> {
              try {
                return client.post("/v1/chat/completions", question("m", question));
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            }));
      }
      for (int i = 0; i < answers.size(); i++) {
        assertThat(answers.get(i).get(30, TimeUnit.SECONDS).text())
            .isEqualTo(
                i % 2 == 0 ? "The capital of Norway is Oslo." : "Hello! How can I help you today?");
      }
      assertThat(client.metric(RUNNING, "")).isZero();
      assertThat(client.metric(WAITING, "")).isZero();
    }
  }

  @Test
  void needsLittleMemoryAndNoMoreAfterManyRequests() throws Exception {
    ChildServer child = serve(tinyChat());
    try (Client client = new Client(child.url())) {
      long loaded = child.residentBytes();
      for (int i = 0; i < 10; i++) {
        client.post("/v1/chat/completions", question("m", "Tell me a story"));
      }
      long warm = child.residentBytes();
      for (int i = 0; i < 50; i++) {
        client.post("/v1/chat/completions", question("m", "Tell me a story"));
      }
      long used = child.residentBytes();
      System.out.printf(
          "builtin RSS: %d MiB loaded, %d MiB after 10 requests, %d MiB after 60%n",
          loaded >> 20, warm >> 20, used >> 20);
      assertThat(used).isLessThan(160L << 20);
      assertThat(used - warm).isLessThan(8L << 20);
    }
  }

  @Test
  void endsOnTermInTheMiddleOfAnAnswerAndLeavesNoFiles(@TempDir Path folder) throws Exception {
    ChildServer child = serve(slowModel(folder));
    try (Client client = new Client(child.url());
        Socket streaming =
            client.leaveLater(
                "/v1/chat/completions",
                with(with(question("m", "Go on"), "ignore_eos", true), "stream", true))) {
      Client.readUntil(streaming, "\"delta\"");
      child.process().destroy();
      assertThat(child.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(child.process().exitValue()).isZero();
      String unpacked =
          child.output().stream()
              .filter(line -> line.startsWith("Extracted"))
              .map(line -> line.substring(line.lastIndexOf(" '") + 2, line.length() - 1))
              .findFirst()
              .orElseThrow();
      assertThat(Path.of(unpacked)).doesNotExist();
      assertThat(Path.of(unpacked).getParent()).doesNotExist();
    }
  }

  /** What llama.cpp frees at the end must not be what its threads still compute with. */
  @RepeatedTest(3)
  void neverCrashesWhenItIsEndedInTheMiddleOfAnAnswer(@TempDir Path folder) throws Exception {
    ChildServer child = serve(slowModel(folder), "--threads", "2", "--parent-watch");
    try (Client client = new Client(child.url());
        Socket streaming =
            client.leaveLater(
                "/v1/chat/completions",
                with(with(question("m", "Go on"), "ignore_eos", true), "stream", true))) {
      Client.readUntil(streaming, "\"delta\"");
      child.process().getOutputStream().close();
      assertThat(child.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(child.output()).noneMatch(line -> line.contains("SIG"));
      assertThat(child.process().exitValue()).isZero();
    }
  }

  @Test
  void endsWhenTheProcessThatStartedItIsKilled() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ChildServer.javaHome().resolve("bin/java").toString());
    command.add("-cp");
    command.add(
        Path.of(
                ParentThatStartsAChild.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI())
            .toString());
    command.add(ParentThatStartsAChild.class.getName());
    command.addAll(
        BuiltinServer.command(
            ChildServer.javaHome(),
            List.of("--model", tinyChat().toString(), "--port", "0", "--parent-watch")));
    ChildServer parent = ChildServer.start(command);
    children.add(parent);
    ProcessHandle child = ProcessHandle.of(Long.parseLong(parent.url())).orElseThrow();
    assertThat(child.isAlive()).isTrue();
    parent.process().destroyForcibly();
    Eventually.isTrue("the child is gone", () -> !child.isAlive());
  }

  @Test
  void saysWhyItCannotServe(@TempDir Path folder) throws Exception {
    ChildServer absent = serve(folder.resolve("absent.gguf"));
    assertThat(absent.process().waitFor()).isEqualTo(BuiltinServer.EXIT_UNUSABLE);
    Path text = Files.writeString(folder.resolve("text.gguf"), "no model at all");
    ChildServer broken = serve(text);
    assertThat(broken.process().waitFor()).isEqualTo(BuiltinServer.EXIT_UNUSABLE);
    Eventually.isTrue(
        "the reason is printed",
        () ->
            broken.output().contains("builtin: " + text + " is not a GGUF file")
                && absent.output().getFirst().startsWith("builtin: there is no readable file"));
  }
}
