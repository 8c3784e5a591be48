package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.client.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engines that are up, not up, gone without a word, deaf, or somebody else by now. */
class StatusDownTest {
  // JUnit sets them before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path data;

  @SuppressWarnings("NullAway.Init")
  private StubEngine engine;

  /** Stands for the engine's process. */
  @SuppressWarnings("NullAway.Init")
  private Process process;

  @BeforeEach
  void start() throws IOException {
    engine = new StubEngine();
    engine.addModel("big", "sleeping", 1_610_612_736L);
    engine.addModel("tiny-chat", "serving", 101_082_726L);
    engine.addGpu(0, "tiny-chat-0");
    process = new ProcessBuilder("sleep", "600").start();
  }

  @AfterEach
  void end() {
    engine.close();
    process.destroyForcibly();
  }

  private Run run() {
    return new Run(data).realClock();
  }

  private void announce() throws IOException {
    engine.announce(data, process.pid(), Instant.now());
  }

  private void announceAndEnd() throws Exception {
    announce();
    process.destroyForcibly().waitFor();
  }

  @Test
  void statusShowsWhereEverythingIs() throws IOException {
    announce();
    Run.Result result = run().gtctl("status");
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .matches(
            """
            Engine:         up for \\ds \\(process %d, version 0.1.0\\)
            Proxy:          %s/v1
            Engine API:     %s
            Data:           %s
            Models:         2 \\(1 serving, 1 sleeping\\)
            GPUs:           1 \\(1.9 GiB of 2 GiB available\\)
            """
                .formatted(process.pid(), engine.url(), engine.url(), data));
  }

  @Test
  void statusInJsonIsForScripts() throws Exception {
    announce();
    var status = Json.parse(run().gtctl("status", "-o", "json").out());
    assertThat(status.path("up").asBoolean()).isTrue();
    assertThat(status.path("pid").asLong()).isEqualTo(process.pid());
    assertThat(status.path("proxy").asText()).isEqualTo(engine.url());
    assertThat(status.path("models").path(0).path("state").asText()).isEqualTo("sleeping");
    assertThat(status.path("gpus").path(0).path("totalMemoryBytes").asLong())
        .isEqualTo(2_147_483_648L);
  }

  @Test
  void withoutAnEngineEveryCommandSaysHowToGetOne() {
    for (String command : new String[] {"status", "get models", "events", "wake x", "chat x hi"}) {
      Run.Result result = run().gtctl(command.split(" ", -1));
      assertThat(result.code()).as(command).isEqualTo(3);
      assertThat(result.out()).isEmpty();
      assertThat(result.err())
          .startsWith("error: no engine is up (data directory " + data + ")")
          .contains("gtctl up");
    }
    Run.Result json = run().gtctl("status", "-o", "json");
    assertThat(json.code()).isEqualTo(3);
    assertThat(json.out()).contains("\"up\": false");
  }

  @Test
  void aFileOfADeadProcessIsRecognised() throws Exception {
    announceAndEnd();
    Run.Result result = run().gtctl("get", "models");
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.err())
        .contains(data.resolve("up.json") + " names process " + process.pid())
        .contains("has ended without cleaning up");
  }

  @Test
  void aProcessIdGivenOutAgainIsNotTheEngine() throws Exception {
    engine.announce(data, process.pid(), Instant.now().minus(Duration.ofHours(1)));
    assertThat(run().gtctl("status").err()).contains("has ended without cleaning up");
    run().gtctl("down");
    assertThat(process.isAlive()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[]",
        "{}",
        "{\"pid\":1,\"proxy\":\"x\"}",
        "{\"pid\":1,\"proxy\":\"http://h\",\"engine\":\"http://h\",\"startedAt\":\"soon\"}"
      })
  void aFileThatNoEngineWroteIsNamed(String text) throws IOException {
    Files.writeString(data.resolve("up.json"), text);
    Run.Result result = run().gtctl("status");
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.err())
        .contains("up.json is not what an engine writes")
        .doesNotContain("\tat ");
  }

  @Test
  void aMissingOrWrongTokenIsNamed() throws IOException {
    announce();
    Files.delete(data.resolve("token"));
    Run.Result missing = run().gtctl("get", "models");
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err())
        .contains("the engine's token is missing: there is no file " + data.resolve("token"));
    Files.writeString(data.resolve("token"), "\n");
    assertThat(run().gtctl("get", "models").err()).contains("is empty");
    Files.writeString(data.resolve("token"), "another");
    Run.Result wrong = run().gtctl("get", "models");
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).contains("the token is not this engine's").doesNotContain("another");
  }

  @Test
  void anEngineThatDoesNotAnswerIsNamedWithItsLog() throws IOException {
    announce();
    engine.close();
    Run.Result result = run().gtctl("status");
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.err())
        .contains("(process " + process.pid() + ") does not answer at " + engine.url())
        .contains("it logs to the terminal it was started in");
    Path log = data.resolve("logs/engine.log");
    Files.createDirectories(log.getParent());
    Files.writeString(log, "");
    assertThat(run().gtctl("status").err()).contains("its log is " + log);
  }

  @Test
  void downAsksAndWaitsForTheProcess() throws Exception {
    announce();
    engine.onShutdown = process::destroy;
    Run.Result result = run().gtctl("down");
    assertThat(result.code()).isZero();
    assertThat(result.out()).isEqualTo("stopped\n");
    assertThat(result.err()).doesNotContain("TERM");
    assertThat(engine.shutdown.getCount()).isZero();
    assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void downSignalsAnEngineThatCannotBeAskedAndSaysSo() throws Exception {
    announce();
    engine.close();
    Run.Result result = run().gtctl("down");
    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("it cannot be asked to stop", "a TERM signal instead");
    process.waitFor();
    assertThat(data.resolve("up.json")).doesNotExist();
  }

  @Test
  void downSignalsAnEngineThatDoesNotEndInTime() throws Exception {
    announce();
    Run.Result result = run().gtctl("down", "--timeout", "100ms");
    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("a TERM signal instead");
    assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void downWithNothingUpIsFine() throws Exception {
    Run.Result nothing = run().gtctl("down");
    assertThat(nothing.code()).isZero();
    assertThat(nothing.out()).contains("no engine is up");
    announceAndEnd();
    Run.Result stale = run().gtctl("down");
    assertThat(stale.code()).isZero();
    assertThat(stale.out()).contains("had ended without cleaning up; removed its");
    assertThat(data.resolve("up.json")).doesNotExist();
  }

  @Test
  void versionWorksWithAndWithoutAnEngine() throws IOException {
    assertThat(run().gtctl("version").out()).containsPattern("gtctl   [0-9].*\nengine  not up\n");
    announce();
    assertThat(run().gtctl("version").out()).contains("engine  0.1.0\n");
    assertThat(run().gtctl("version", "-o", "json").out()).contains("\"engine\": \"0.1.0\"");
    assertThat(run().gtctl("--version").out()).startsWith("gtctl ");
  }
}
