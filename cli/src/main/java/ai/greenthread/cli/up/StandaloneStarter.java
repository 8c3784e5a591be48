package ai.greenthread.cli.up;

import ai.greenthread.cli.outcome.CliException;
import ai.greenthread.cli.outcome.ExitCode;
import ai.greenthread.cli.text.Progress;
import ai.greenthread.domain.Bytes;
import ai.greenthread.standalone.Standalone;
import ai.greenthread.standalone.StandaloneConfig;
import ai.greenthread.standalone.StartFailed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Starts the engine for one machine in this process. */
public final class StandaloneStarter implements EngineStarter {
  /** Room for one model of the demo fleet, not for two. */
  private static final Bytes DEMO_GPU = Bytes.ofMiB(160);

  private final Path home;

  /**
   * @param home where GreenThread is installed; the demo fleet is in its folder {@code demo}
   */
  public StandaloneStarter(Path home) {
    this.home = home;
  }

  @Override
  public RunningEngine start(EngineSettings settings, Progress progress) {
    var manifests = new ArrayList<>(settings.manifests());
    List<Bytes> virtualGpus = settings.virtualGpus();
    if (settings.demo()) {
      manifests.add(demo());
      virtualGpus = virtualGpus.isEmpty() ? List.of(DEMO_GPU) : virtualGpus;
    }
    var steps = new AtomicReference<@Nullable Progress>(progress);
    try {
      Standalone engine =
          Standalone.start(
              new StandaloneConfig(
                  settings.data(),
                  settings.proxyPort(),
                  manifests,
                  virtualGpus,
                  settings.history(),
                  settings.policy(),
                  settings.wakesAtOnce()),
              step -> {
                Progress shown = steps.get();
                if (shown != null) {
                  shown.step(step);
                }
              });
      steps.set(null);
      return new Running(engine, steps);
    } catch (StartFailed e) {
      List<String> lines = String.valueOf(e.getMessage()).lines().toList();
      throw new CliException(ExitCode.FAILED, lines.getFirst(), lines.subList(1, lines.size()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(
          ExitCode.FAILED, "stopped before the engine was up", "start it again with: gtctl up");
    }
  }

  private Path demo() {
    Path folder = home.resolve("demo");
    if (!Files.isDirectory(folder)) {
      throw new CliException(
          ExitCode.FAILED,
          "the demo fleet is not here: there is no folder " + folder,
          "serve Models of your own: gtctl up --models DIR");
    }
    return folder;
  }

  private record Running(Standalone engine, AtomicReference<@Nullable Progress> steps)
      implements RunningEngine {
    @Override
    public boolean awaitEnd(Duration longest) throws InterruptedException {
      return engine.awaitShutdownAsked(longest);
    }

    @Override
    public void stop(Progress progress) {
      steps.set(progress);
      engine.close();
      steps.set(null);
    }
  }
}
