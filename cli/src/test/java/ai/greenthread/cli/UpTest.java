package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.text.Progress;
import ai.greenthread.cli.up.EngineSettings;
import ai.greenthread.cli.up.RunningEngine;
import ai.greenthread.domain.Bytes;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpTest {
  // JUnit sets both before each test.
  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path data;

  @SuppressWarnings("NullAway.Init")
  private StubEngine engine;

  private final List<EngineSettings> asked = new ArrayList<>();
  private final List<String> stopped = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    engine = new StubEngine();
    engine.addModel("big", "sleeping", 1_610_612_736L);
    engine.addModel("tiny-chat", "serving", 101_082_726L);
    engine.addGpu(0, "tiny-chat-0");
  }

  @AfterEach
  void end() {
    engine.close();
  }

  private RunningEngine begin(EngineSettings settings, Progress progress) {
    asked.add(settings);
    progress.step("looking for GPUs");
    try {
      engine.announce(settings.data(), ProcessHandle.current().pid(), Instant.now());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new RunningEngine() {
      @Override
      public boolean awaitEnd(Duration longest) throws InterruptedException {
        return engine.shutdown.await(longest.toMillis(), TimeUnit.MILLISECONDS);
      }

      @Override
      public void stop(Progress stopping) {
        stopping.step("draining");
        stopped.add("stopped");
      }
    };
  }

  private Run run() {
    return new Run(data).realClock().starter(this::begin);
  }

  /** The settings that a command line comes to, without staying up. */
  private EngineSettings settings(String... args) {
    engine.shutdown.countDown();
    List<String> line = new ArrayList<>(List.of("up"));
    line.addAll(List.of(args));
    Run.Result result = run().gtctl(line.toArray(String[]::new));
    assertThat(result.code()).as(result.err()).isZero();
    return asked.getLast();
  }

  @Test
  void upSaysWhatItDoesWhereItIsAndHowToTryIt() throws Exception {
    Run run = run();
    var up = CompletableFuture.supplyAsync(() -> run.gtctl("up"));
    run.until("the first states", () -> run.out().contains("tiny-chat  serving"));
    engine.setState("big", "waking", 0);
    run.until("a change", () -> run.out().contains("big  sleeping → waking"));
    run.stop.request();
    Run.Result result = up.get();
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains("GreenThread 0.1.0 is up", "OpenAI API   " + engine.url() + "/v1")
        .contains(
            "  curl -s "
                + engine.url()
                + "/v1/chat/completions -H 'Content-Type: application/json' -d"
                + " '{\"model\":\"greenthread/big\",\"messages\":[{\"role\":\"user\","
                + "\"content\":\"Hello!\"}]}'")
        .doesNotContain("\u001b");
    assertThat(result.err()).contains("  looking for GPUs\n", "  draining\n", "stopped\n");
    assertThat(stopped).hasSize(1);
  }

  @Test
  void thePictureIsRedrawnInPlaceOnATerminal() throws Exception {
    Run run = run().terminal(true, true, true);
    var up = CompletableFuture.supplyAsync(() -> run.gtctl("up", "--no-color"));
    run.until("a second drawing", () -> run.out().contains("\u001b[6A\r"));
    engine.shutdown.countDown();
    assertThat(up.get().out())
        .contains("GPU 0  █░░░░░░░░░░░░░░░░░░░░░░░  96.4 MiB of 2 GiB   12 %   Virtual-2GiB")
        .contains("big-0 has waited", "tiny-chat-0 is put to sleep for it")
        .containsPattern(
            "tiny-chat +serving +\\d+[smhd] +0 +96.4 MiB +0 +0 +18.0 s +wake_completed");
  }

  @Test
  void upWaitsForTheFirstStartOfModels() throws Exception {
    var status =
        (com.fasterxml.jackson.databind.node.ObjectNode) engine.model("big").path("status");
    status.put("phase", "Staging");
    engine.setState("big", "booting", 0);
    Run run = run();
    var up = CompletableFuture.supplyAsync(() -> run.gtctl("up"));
    run.until("progress", () -> run.err().contains("first start of big (booting)"));
    assertThat(run.out()).isEmpty();
    status
        .putArray("conditions")
        .addObject()
        .put("type", "Ready")
        .put("status", "False")
        .put("message", "vllm is not on the PATH");
    status.put("phase", "Failed");
    run.until("the banner", () -> run.out().contains("gtctl chat tiny-chat"));
    engine.shutdown.countDown();
    assertThat(up.get().err())
        .contains("big failed to start: vllm is not on the PATH; see: gtctl describe model big");
  }

  /** Makes a Model one that no device can take. */
  private static void unplace(ObjectNode model, String why) {
    ObjectNode status = (ObjectNode) model.path("status");
    status.put("phase", "Pending");
    status.putArray("replicaStatuses");
    status
        .putArray("conditions")
        .addObject()
        .put("type", "Placed")
        .put("status", "False")
        .put("reason", "NoSuitableGPU")
        .put("message", why);
  }

  @Test
  void aModelThatNoGpuCanTakeIsWarnedOfAndNotWaitedFor() throws Exception {
    unplace(engine.model("big"), "no GPU has 1.5 GiB");
    Run run = run();
    var up = CompletableFuture.supplyAsync(() -> run.gtctl("up"));
    run.until("the banner", () -> run.out().contains("gtctl chat tiny-chat"));
    engine.shutdown.countDown();
    assertThat(up.get().code()).isZero();
    assertThat(run.err())
        .contains(
            "warning: big cannot be placed: no GPU has 1.5 GiB; see: gtctl describe model big",
            "degraded: 1 of 2 Models cannot be used")
        .doesNotContain("first start of");
  }

  @Test
  void aModelThatIsPlacedInPartIsStillWaitedFor() throws Exception {
    unplace(engine.model("big"), "no GPU for replica 1");
    ObjectNode status = (ObjectNode) engine.model("big").path("status");
    status.put("phase", "Staging");
    Run run = run();
    var up = CompletableFuture.supplyAsync(() -> run.gtctl("up"));
    run.until("progress", () -> run.err().contains("first start of big (Staging)"));
    assertThat(run.out()).isEmpty();
    status.put("phase", "Ready");
    run.until("the banner", () -> run.out().contains("is up"));
    engine.shutdown.countDown();
    assertThat(up.get().err())
        .contains("warning: big is placed only in part: no GPU for replica 1")
        .doesNotContain("degraded")
        .containsOnlyOnce("first start of");
  }

  @Test
  void aStopWhileItStartsIsHeard() throws Exception {
    Run run =
        run()
            .starter((_, progress) -> {
              progress.step("loading for long");
              try {
                Thread.sleep(Duration.ofMinutes(1));
              } catch (InterruptedException e) {
                throw new CliException(1, "interrupted while starting", "", e);
              }
              throw new AssertionError("not interrupted");
            });
    var up = CompletableFuture.supplyAsync(() -> run.gtctl("up"));
    run.until("the step", () -> run.err().contains("loading for long"));
    run.stop.request();
    assertThat(up.get().code()).isEqualTo(1);
    assertThat(run.err()).contains("interrupted while starting");
  }

  @Test
  void aSecondEngineInTheSameDirectoryIsRefused() throws IOException {
    engine.announce(data, ProcessHandle.current().pid(), Instant.now());
    Run.Result result = run().gtctl("up");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("an engine is up already here", "gtctl down");
    assertThat(asked).isEmpty();
  }

  @Test
  void aTakenPortIsAnErrorWhereItWasAskedForAndPassedOverWhereNot() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Run.Result result = run().gtctl("up", "--port", "" + socket.getLocalPort());
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.err())
          .contains("port " + socket.getLocalPort() + " cannot be listened on", "--port N");
    }
    assertThat(settings().proxyPort()).isBetween(8000, 8099);
  }

  @Test
  void theDemoFleetIsForThoseWhoHaveNothingElse() throws IOException {
    assertThat(settings().demo()).isTrue();
    forget();
    assertThat(settings("--no-demo").demo()).isFalse();
    forget();
    Files.createDirectories(data.resolve("models"));
    Files.writeString(data.resolve("models/default.one.yaml"), "");
    assertThat(settings().demo()).isFalse();
    forget();
    assertThat(settings("--demo").demo()).isTrue();
  }

  @Test
  void aHistoryIsKeptWhereItIsAskedForAndNotRemembered() throws IOException {
    assertThat(settings().history()).isEmpty();
    Files.delete(data.resolve("up.json"));
    EngineSettings kept = settings("--history", data.resolve("a/../b").toString());
    assertThat(kept.history()).hasValue(data.resolve("b").toAbsolutePath());
    assertThat(UpOptions.arguments(kept, Duration.ofMinutes(1)))
        .contains("--history=" + data.resolve("b").toAbsolutePath());
    Files.delete(data.resolve("up.json"));
    assertThat(settings().history()).isEmpty();
  }

  @Test
  void withoutFlagsAnEngineStartsAsItDidLastTime() throws IOException {
    Path fleet = Files.createDirectory(data.resolve("fleet"));
    Files.writeString(
        fleet.resolve("one.yaml"),
        """
        apiVersion: greenthread.ai/v1alpha1
        kind: Model
        metadata: {name: one}
        spec: {modelName: org/one, modelType: chat}
        """);
    EngineSettings first = settings("--models", fleet.toString(), "--virtual-gpu=2GiB");
    Files.delete(data.resolve("up.json"));
    EngineSettings again = settings();
    assertThat(again.manifests()).isEqualTo(first.manifests()).containsExactly(fleet);
    assertThat(again.virtualGpus()).containsExactly(Bytes.ofGiB(2));
    Files.delete(data.resolve("up.json"));
    assertThat(settings("--demo").manifests()).isEmpty();
  }

  @Test
  void whatIsAsLastTimeIsSaidAndCanBeForgotten() throws IOException {
    engine.shutdown.countDown();
    assertThat(run().gtctl("up", "--virtual-gpu=10MiB", "--no-demo").err())
        .doesNotContain("as last time");
    Files.delete(data.resolve("up.json"));
    assertThat(run().gtctl("up").err())
        .contains(
            "as last time: --no-demo --virtual-gpu 10MiB"
                + " (other: name the flag; forget: gtctl up --fresh)\n");
    Files.delete(data.resolve("up.json"));
    assertThat(run().gtctl("up", "--fresh").err()).doesNotContain("as last time");
    assertThat(asked.getLast().virtualGpus()).isEmpty();
    assertThat(asked.getLast().demo()).isTrue();
    Files.delete(data.resolve("up.json"));
    assertThat(run().gtctl("up").err()).as("the defaults are no news").doesNotContain("last time");
  }

  @Test
  void aStartThatDidNotBecomeReadyIsNotRemembered() throws Exception {
    settings("--virtual-gpu=2GiB");
    Files.delete(data.resolve("up.json"));
    ((ObjectNode) engine.model("big").path("status")).put("phase", "Staging");
    Run run = run();
    var up = CompletableFuture.supplyAsync(() -> run.gtctl("up", "--virtual-gpu=10MiB"));
    run.until("progress", () -> run.err().contains("first start of big"));
    run.stop.request();
    up.get();
    Files.delete(data.resolve("up.json"));
    ((ObjectNode) engine.model("big").path("status")).put("phase", "Ready");
    assertThat(settings().virtualGpus()).containsExactly(Bytes.ofGiB(2));
  }

  /** Clears what a start leaves behind for the next. */
  private void forget() throws IOException {
    Files.delete(data.resolve("up.json"));
    Files.deleteIfExists(data.resolve("settings.json"));
  }

  @Test
  void manifestsAreCheckedBeforeAnythingStarts() throws IOException {
    Path file = Files.writeString(data.resolve("m.yaml"), "kind: [");
    Run.Result broken = run().gtctl("up", "--models", file.toString());
    assertThat(broken.code()).isEqualTo(5);
    assertThat(broken.err()).contains("m.yaml, line 1, column 8: not valid YAML");
    assertThat(run().gtctl("up", "--models", data.resolve("nope").toString()).code()).isEqualTo(4);
    assertThat(asked).isEmpty();
  }

  @Test
  void sizesOfVirtualGpusAreReadAsPeopleWriteThem() {
    assertThat(
            settings(
                    "--virtual-gpu=2GiB",
                    "--virtual-gpu",
                    "192MiB",
                    "--virtual-gpu=1Gi",
                    "--virtual-gpu=1GB",
                    "--virtual-gpu=4096")
                .virtualGpus())
        .containsExactly(
            Bytes.ofGiB(2),
            Bytes.ofMiB(192),
            Bytes.ofGiB(1),
            Bytes.of(1_000_000_000),
            Bytes.of(4096));
  }

  private static List<String> stubInAProcess() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        StubMain.class.getName());
  }

  @Test
  void detachedItPrintsOneObjectAndGoesOnUntilDown() throws Exception {
    Run.Result up =
        run()
            .relaunch(stubInAProcess())
            .gtctl("up", "--detach", "-o", "json", "--port", freePort());
    assertThat(up.code()).as(up.err()).isZero();
    var object = Json.parse(up.out());
    assertThat(object.properties().stream().map(e -> e.getKey()))
        .containsExactly("proxy", "models", "pid", "engine");
    assertThat(object.path("models").path("tiny-chat").asText()).startsWith("http://127.0.0.1:");
    assertThat(up.err()).contains("starting an engine in the background", "listening on");
    long pid = object.path("pid").asLong();
    assertThat(ProcessHandle.of(pid)).isPresent();
    assertThat(run().gtctl("get", "models").out()).contains("tiny-chat");
    assertThat(run().gtctl("down").code()).isZero();
    assertThat(run().gtctl("status").code()).isEqualTo(3);
  }

  @Test
  void detachedAndEndedEarlyShowsTheLogAndKeepsTheExitCode() throws IOException {
    Run.Result result =
        run()
            .relaunch(List.of("sh", "-c", "echo loading; echo 'error: no GPU here'; exit 4"))
            .gtctl("up", "--detach", "-o", "json");
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("the engine ended while it started", "error: no GPU here")
        .contains(data.resolve("logs/engine.log").toString());
  }

  @Test
  void detachedAndNeverReadyIsEndedAgain() {
    File marker = data.resolve("alive").toFile();
    Run.Result result =
        run()
            .relaunch(
                List.of(
                    "sh",
                    "-c",
                    "touch "
                        + marker
                        + "; trap 'rm "
                        + marker
                        + "; exit 0' TERM; while :; do sleep 0.05; done"))
            .gtctl("up", "--detach", "--ready-timeout", "1s");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("was not ready within 1.0 s and is stopped again", "--ready-timeout");
    assertThat(marker).doesNotExist();
  }

  private static String freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Integer.toString(socket.getLocalPort());
    }
  }
}
