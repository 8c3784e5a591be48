package ai.greenthread.cli;

import ai.greenthread.cli.client.DataDirectory;
import ai.greenthread.cli.manifest.ManifestReader;
import ai.greenthread.cli.up.EngineSettings;
import ai.greenthread.cli.up.Ports;
import ai.greenthread.cli.up.RememberedSettings;
import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.policy.PolicyName;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What an engine is started with, in the foreground or behind. */
final class UpOptions {
  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port of the proxy (default: 8000, or the next free one).")
  private Optional<Integer> port = Optional.empty();

  @Option(
      names = "--models",
      paramLabel = "DIR|FILE",
      description = "Serve the Models of these manifests, and follow their changes; repeatable.")
  private List<Path> models = List.of();

  @Option(
      names = "--demo",
      negatable = true,
      fallbackValue = "true",
      description =
          "Serve the demo fleet that comes along, or not (default: only where there are no other"
              + " Models). Without --models, --demo and --virtual-gpu an engine starts as it did"
              + " last time.")
  private Optional<Boolean> demo = Optional.empty();

  @Option(
      names = "--virtual-gpu",
      paramLabel = "SIZE",
      converter = Arguments.SizeConverter.class,
      description =
          "Make a virtual GPU of this much memory, 2GiB or 192Mi; repeatable, one GPU each.")
  private List<Bytes> virtualGpus = List.of();

  @Option(
      names = "--history",
      paramLabel = "DIR",
      description =
          "Write what became of every request into files there, a line of JSON each, to check that"
              + " none was lost. No prompts. The files only grow; for tests.")
  private Optional<Path> history = Optional.empty();

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      converter = Arguments.PolicyConverter.class,
      description =
          "Who is woken and who leaves when a GPU is full: bounded or documented (default: bounded;"
              + " not remembered).")
  private PolicyName policy = PolicyName.BOUNDED;

  @Option(
      names = "--wakes-at-once",
      paramLabel = "N",
      converter = Arguments.WakesAtOnceConverter.class,
      description =
          "GPUs that may load weights at the same time, where they share a way that is slower than"
              + " all of them together; 0 for all (default: 0; not remembered).")
  private int wakesAtOnce;

  @Option(
      names = "--ready-timeout",
      paramLabel = "DURATION",
      converter = Arguments.DurationConverter.class,
      description = "How long Models may take until they can be used (default: 5m).")
  private Duration readyTimeout = Duration.ofMinutes(5);

  @Option(
      names = "--fresh",
      description = "Start from the defaults, and forget what the last start was given.")
  private boolean fresh;

  Duration readyTimeout() {
    return readyTimeout;
  }

  /**
   * Checks everything that can be checked before anything is started, and tells on standard error
   * where the settings are those of last time.
   */
  EngineSettings settings(Session session, DataDirectory directory) {
    if (fresh) {
      RememberedSettings.forget(directory.path());
    }
    if (!models.isEmpty()) {
      new ManifestReader(InputStream.nullInputStream(), Optional.empty())
          .read(models.stream().map(Path::toString).toList());
    }
    Optional<RememberedSettings> before =
        models.isEmpty() && demo.isEmpty() && virtualGpus.isEmpty()
            ? RememberedSettings.read(directory.path())
            : Optional.empty();
    boolean withDemo = demo.orElseGet(() -> models.isEmpty() && !directory.hasAppliedModels());
    if (before.isPresent()) {
      if (!before.get().equals(new RememberedSettings(List.of(), withDemo, List.of()))) {
        session
            .err()
            .println(
                "as last time: "
                    + String.join(" ", before.get().arguments())
                    + " (other: name the flag; forget: gtctl up --fresh)");
        session.err().flush();
      }
      return new EngineSettings(
          directory.path(),
          Ports.choose(port),
          before.get().manifests(),
          before.get().demo(),
          before.get().virtualGpus(),
          history(),
          policy,
          wakesAtOnce);
    }
    return new EngineSettings(
        directory.path(),
        Ports.choose(port),
        models.stream().map(path -> path.toAbsolutePath().normalize()).toList(),
        withDemo,
        virtualGpus,
        history(),
        policy,
        wakesAtOnce);
  }

  private Optional<Path> history() {
    return history.map(folder -> folder.toAbsolutePath().normalize());
  }

  /** The command line that has another gtctl start the same engine. */
  static List<String> arguments(EngineSettings settings, Duration readyTimeout) {
    List<String> arguments = new ArrayList<>();
    arguments.add("--data=" + settings.data());
    arguments.add("--port=" + settings.proxyPort());
    settings.manifests().forEach(path -> arguments.add("--models=" + path));
    arguments.add(settings.demo() ? "--demo" : "--no-demo");
    settings.virtualGpus().forEach(size -> arguments.add("--virtual-gpu=" + size.count()));
    settings.history().ifPresent(folder -> arguments.add("--history=" + folder));
    arguments.add("--policy=" + settings.policy().text());
    arguments.add("--wakes-at-once=" + settings.wakesAtOnce());
    arguments.add("--ready-timeout=" + readyTimeout.toMillis() + "ms");
    return arguments;
  }
}
