package ai.greenthread.runtimes.simulated;

import static ai.greenthread.runtimes.testing.Client.question;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.runtimes.testing.ChildServer;
import ai.greenthread.runtimes.testing.Client;
import ai.greenthread.runtimes.testing.Eventually;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The simulator as a process: what only a process can do. */
class SimulatedProcessTest {
  /** Long enough for a thread that has been let go of to end. */
  private static final Duration AT_ONCE = Duration.ofMillis(200);

  private SimulatedVllm crashing = new SimulatedVllm(SimulatorConfig.defaults(), _ -> {});
  private final List<ChildServer> children = new ArrayList<>();

  private ChildServer serve(String... arguments) throws Exception {
    ChildServer child =
        ChildServer.start(SimulatedVllm.command(ChildServer.javaHome(), List.of(arguments)));
    children.add(child);
    return child;
  }

  @AfterEach
  void end() {
    children.forEach(ChildServer::close);
  }

  @Test
  void answersLikeTheOneInTheJvmAndSaysItsSeed() throws Exception {
    ChildServer child = serve("--seed=11", "--served-model-name", "a,b");
    try (Client client = new Client(child.url());
        SimulatedVllm here =
            SimulatedVllm.start(
                SimulatorConfig.defaults()
                    .with(Knobs.SEED, 11L)
                    .set(Knobs.SERVED_MODEL_NAME, "a,b"));
        Client same = new Client(here.url())) {
      assertThat(client.post("/v1/chat/completions", question("b", "Hello")).text())
          .isEqualTo(same.post("/v1/chat/completions", question("b", "Hello")).text());
      assertThat(child.output()).contains("simulated vLLM: seed 11");
    }
  }

  @Test
  void realMemoryMovesWithSleepAndWake() throws Exception {
    ChildServer child = serve("--real-memory", "256MiB");
    try (Client client = new Client(child.url())) {
      long awake = child.residentBytes();
      client.post("/sleep");
      long asleep = child.residentBytes();
      client.post("/wake_up");
      long again = child.residentBytes();
      System.out.printf(
          "simulator RSS: %d MiB awake, %d MiB asleep, %d MiB awake again%n",
          awake >> 20, asleep >> 20, again >> 20);
      assertThat(awake - asleep).isBetween(200L << 20, 300L << 20);
      assertThat(again - asleep).isBetween(200L << 20, 300L << 20);
    }
  }

  @Test
  void whatAKilledProcessHeldIsFree(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("gpus");
    ChildServer child =
        serve("--ledger", file.toString(), "--gpu-memory=1000", "--weights=100", "--residue=10");
    child.url();
    GpuLedgerFile ledger = new GpuLedgerFile(file);
    assertThat(ledger.usedBytes(0)).isEqualTo(900);
    assertThat(ledger.holdings().getFirst().pid()).isEqualTo(child.process().pid());
    child.process().destroyForcibly().waitFor();
    assertThat(ledger.usedBytes(0)).isZero();

    ChildServer second =
        serve("--ledger", file.toString(), "--gpu-memory=1000", "--weights=100", "--residue=10");
    second.url();
    ChildServer third =
        serve("--ledger", file.toString(), "--gpu-memory=1000", "--weights=100", "--residue=10");
    assertThat(third.process().waitFor()).isEqualTo(SimulatedProcess.EXIT_START_FAILED);
    Eventually.isTrue(
        "it says why", () -> third.output().toString().contains("GPU 0 has 100 bytes free"));
    second.process().destroy();
    second.process().waitFor();
    assertThat(ledger.holdings()).isEmpty();
  }

  @Test
  void crashesEndTheProcessWithAStatusOfTheirOwn() throws Exception {
    ChildServer child = serve("--wake-crashes", "1");
    try (Client client = new Client(child.url())) {
      client.post("/sleep");
      try {
        client.post("/wake_up");
      } catch (IOException _) {
        // The connection breaks, as it should.
      }
      assertThat(child.process().waitFor()).isEqualTo(SimulatedProcess.EXIT_CRASHED);
    }
  }

  @Test
  void whoAwaitsTheEndIsToldOfACrashAfterItHasEndedTheProcess() throws Exception {
    Thread awaiting = Thread.ofVirtual().unstarted(this::awaitCrashing);
    AtomicBoolean early = new AtomicBoolean();
    crashing =
        new SimulatedVllm(
            SimulatorConfig.defaults(), _ -> early.set(hasEndedWithin(awaiting, AT_ONCE)));
    awaiting.start();
    crashing.crash("told to");
    assertThat(early).isFalse();
    assertThat(hasEndedWithin(awaiting, Duration.ofSeconds(10))).isTrue();
  }

  private void awaitCrashing() {
    try {
      crashing.awaitEnd();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean hasEndedWithin(Thread thread, Duration limit) {
    try {
      return thread.join(limit);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void endsOnTermUnlessItIgnoresIt() throws Exception {
    ChildServer polite = serve();
    ChildServer stubborn = serve("--ignore-sigterm");
    polite.url();
    try (Client client = new Client(stubborn.url())) {
      polite.process().destroy();
      stubborn.process().destroy();
      assertThat(polite.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(client.post("/v1/chat/completions", question("simulated", "Hello")).status())
          .isEqualTo(200);
      assertThat(stubborn.process().isAlive()).isTrue();
      stubborn.process().destroyForcibly();
      assertThat(stubborn.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void endsWhenStandardInputEnds() throws Exception {
    ChildServer child = serve("--parent-watch");
    child.url();
    child.process().getOutputStream().close();
    assertThat(child.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aStartCanFailOrFindItsPortTakenOrNeverFinish() throws Exception {
    ChildServer failing = serve("--fail-start");
    assertThat(failing.process().waitFor()).isEqualTo(SimulatedProcess.EXIT_START_FAILED);

    ChildServer first = serve("--never-ready=false");
    ChildServer second = serve("--port", String.valueOf(URI.create(first.url()).getPort()));
    assertThat(second.process().waitFor()).isEqualTo(SimulatedProcess.EXIT_START_FAILED);

    ChildServer endless = serve("--never-ready");
    Eventually.isTrue("it has begun", () -> endless.output().toString().contains("seed"));
    assertThat(endless.process().isAlive()).isTrue();
    assertThat(endless.output()).noneMatch(line -> line.startsWith("ready"));

    ChildServer misspelt = serve("--wake-fials", "1");
    assertThat(misspelt.process().waitFor()).isEqualTo(SimulatedProcess.EXIT_START_FAILED);
    Eventually.isTrue("it says so", () -> misspelt.output().toString().contains("wake-fials"));
  }

  @Test
  void helpNamesEveryKnob() throws Exception {
    ChildServer child = serve("--help");
    assertThat(child.process().waitFor()).isZero();
    Eventually.isTrue(
        "all are there",
        () ->
            Knobs.all().stream()
                .allMatch(knob -> child.output().toString().contains("--" + knob.name())));
    assertThat(SimulatorConfig.defaults().json()).hasSameSizeAs(Knobs.all());
    assertThat(Map.copyOf(SimulatorConfig.defaults().set(Knobs.TTFT, "1.5s").json()))
        .containsEntry("ttft", "1500.0ms");
  }
}
