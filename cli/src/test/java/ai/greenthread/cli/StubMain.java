package ai.greenthread.cli;

import ai.greenthread.cli.text.Progress;
import ai.greenthread.cli.up.RunningEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** gtctl whose {@code up} starts the stub, for looking at it by hand and for --detach. */
final class StubMain {
  private StubMain() {}

  public static void main(String[] args) {
    System.exit(
        Gtctl.createCommandLine(Gtctl.realSurroundings(StubMain::start, StubMain.class))
            .execute(args));
  }

  static RunningEngine start(ai.greenthread.cli.up.EngineSettings settings, Progress progress) {
    try {
      progress.step("preparing " + settings.data());
      StubEngine engine = new StubEngine();
      engine.addModel("tiny-chat", "sleeping", 101_082_726L);
      engine.addModel("big", "serving", 1_610_612_736L);
      engine.addGpu(0, "big-0");
      engine.addEvent(11_000, "wake_started", "tiny-chat", "room for 96.4 MiB");
      engine.addEvent(12_200, "wake_completed", "tiny-chat", "awake");
      progress.step("listening on " + engine.url());
      engine.announce(settings.data(), ProcessHandle.current().pid(), Instant.now());
      return new Stub(engine, settings.data());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Stub(StubEngine engine, Path data, CountDownLatch ended) implements RunningEngine {
    Stub(StubEngine engine, Path data) {
      this(engine, data, new CountDownLatch(1));
    }

    @Override
    public boolean awaitEnd(Duration longest) throws InterruptedException {
      return engine.shutdown.await(longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop(Progress progress) {
      progress.step("draining");
      try {
        Files.deleteIfExists(data.resolve("up.json"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      engine.close();
      ended.countDown();
    }
  }
}
