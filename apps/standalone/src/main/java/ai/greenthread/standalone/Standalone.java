package ai.greenthread.standalone;

import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.Violation;
import ai.greenthread.gpu.ProbeSettings;
import ai.greenthread.gpu.Probes;
import ai.greenthread.http.events.EventFilter;
import ai.greenthread.http.events.EventJournal;
import ai.greenthread.http.events.EventStream;
import ai.greenthread.http.events.HistoryFile;
import ai.greenthread.http.events.HistoryLog;
import ai.greenthread.http.runtime.RuntimeHost;
import ai.greenthread.http.runtime.Runtimes;
import ai.greenthread.http.server.HttpServer;
import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.http.sidecar.CountedHostLink;
import ai.greenthread.http.sidecar.MonotonicClock;
import ai.greenthread.http.sidecar.ThreadTimers;
import ai.greenthread.proxy.LcProxy;
import ai.greenthread.runtimes.builtin.BuiltinServer;
import ai.greenthread.runtimes.simulated.SimulatedVllm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * An engine on this machine: finds the GPUs, serves Models behind sidecars and lc-proxy, and ends
 * all it started when it is closed. After a crash the next start on the same data folder ends what
 * was left over and serves the same Models again.
 */
public final class Standalone implements AutoCloseable {
  public static final String VERSION = "0.1.0";

  private static final System.Logger LOG = System.getLogger(Standalone.class.getName());
  private static final String NODE = "local";
  private static final int EVENTS_KEPT = 2_000;

  /** What has to be ended, last started first. */
  private final Deque<Part> parts = new ArrayDeque<>();

  private final CountDownLatch shutdownAsked = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Consumer<String> progress;
  private final Instant startedAt = Clock.systemUTC().instant();

  private final DataFolder data;
  private final Fleet fleet;
  private final EngineObjects objects;
  private final LcProxy proxy;
  private final HttpServer api;
  private final UpFile upFile;

  /** Something started, and how it is ended. */
  private record Part(String name, Ending ending) {
    @FunctionalInterface
    interface Ending {
      void end() throws IOException, InterruptedException;
    }
  }

  /**
   * Starts an engine; it answers when this returns, while models may still be on their first start.
   *
   * @param progress hears in words what is being done
   * @throws StartFailed when it cannot start; nothing is left running then
   */
  public static Standalone start(StandaloneConfig config, Consumer<String> progress)
      throws InterruptedException {
    return new Standalone(config, progress);
  }

  private Standalone(StandaloneConfig config, Consumer<String> progress)
      throws InterruptedException {
    this.progress = progress;
    boolean complete = false;
    try {
      data = DataFolder.open(config.data());
      started("data folder", data::close);
      var clock = new MonotonicClock();
      var timers = new ThreadTimers(clock);
      started("timers", timers::close);
      ExecutorService threads =
          Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("engine-", 0).factory());
      started("threads", threads::shutdownNow);

      progress.accept("looking for GPUs");
      GpuFleet gpus = findGpus(config);
      started("GPU probes", gpus::close);
      var journal = new EventJournal(clock, EVENTS_KEPT, history(config));
      var runtimes = new Runtimes(runtimeHost(config, gpus));
      var platform =
          new Platform(
              data,
              gpus,
              config.policy().policy(),
              CountedHostLink.of(config.wakesAtOnce()),
              runtimes,
              new FileMeasurements(data.measurements()),
              journal,
              clock,
              timers,
              threads,
              new SecureRandom());
      var applied = new AppliedModels(data.models());
      fleet = new Fleet(platform, applied);
      objects = new EngineObjects(platform, fleet);

      progress.accept("starting lc-proxy");
      var random = new SecureRandom();
      var directory = new FleetDirectory(fleet);
      proxy = LcProxy.start(ServerSettings.loopback(config.proxyPort()), directory, random);
      started("lc-proxy", proxy::close);
      upFile = new UpFile(data.upFile(), this::whereItIs);
      var engineApi =
          new EngineApi(
              fleet,
              objects,
              new ServerLogs(data),
              data.token(),
              version(),
              upFile::refresh,
              shutdownAsked::countDown);
      api =
          HttpServer.start(
              ServerSettings.loopback(0).withDrainTimeout(Duration.ofSeconds(1)),
              engineApi.routes(new EventStream(journal, EventFilter.ALL, objects::systemState)),
              random);
      started("engine API", api::stop);
      started("models", fleet::stopAll);

      serve(applied, config.manifests());
      directory.filled();
      Thread restorer =
          Thread.ofVirtual().name("popular-restore").start(new PopularRestore(fleet)::run);
      started("restoring of popular models", restorer::interrupt);
      started("up.json", upFile::close);
      upFile.open();
      complete = true;
    } catch (IOException | UncheckedIOException e) {
      throw new StartFailed("the engine cannot start: " + e.getMessage(), e);
    } finally {
      if (!complete) {
        close();
      }
    }
  }

  private void started(String name, Part.Ending ending) {
    parts.push(new Part(name, ending));
  }

  private GpuFleet findGpus(StandaloneConfig config) {
    ProbeSettings settings =
        ProbeSettings.defaults(NODE).withSimulatorLedger(data.simulatorLedger());
    if (!config.virtualGpus().isEmpty()) {
      settings =
          settings.withVirtual(config.virtualGpus(), ProbeSettings.VirtualUse.INSTEAD_OF_REAL_GPUS);
    }
    var memory = Probes.processMemory(settings.limit());
    var gpus = new GpuFleet(Probes.detect(settings, memory), memory, data.simulatorLedger());
    for (GpuDevice device : gpus.devices()) {
      progress.accept("found " + device.id() + ": " + device.product() + ", " + device.total());
    }
    if (gpus.devices().isEmpty()) {
      throw new StartFailed(
          "there is no GPU:\n  "
              + String.join("\n  ", gpus.notes())
              + "\nName a virtual one to try the engine without: gtctl up --virtual-gpu 2GiB");
    }
    return gpus;
  }

  private HistoryLog history(StandaloneConfig config) throws IOException {
    if (config.history().isEmpty()) {
      return HistoryLog.NONE;
    }
    var file =
        HistoryFile.append(config.history().get().resolve("engine.jsonl"), InstantSource.system());
    started("history", file::close);
    return file;
  }

  private static RuntimeHost runtimeHost(StandaloneConfig config, GpuFleet gpus) {
    List<String> flags = new ArrayList<>(List.of("--parent-watch"));
    config
        .history()
        .map(folder -> folder.resolve("runtimes.jsonl").toAbsolutePath().toString())
        .ifPresent(file -> flags.addAll(List.of("--history", file)));
    Path javaHome = Path.of(System.getProperty("java.home"));
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    return new RuntimeHost(
        http,
        gpus,
        BuiltinServer.command(javaHome, flags),
        SimulatedVllm.command(javaHome, flags),
        Path.of("").toAbsolutePath(),
        gpus.virtual());
  }

  private void serve(AppliedModels applied, List<Path> sources) throws InterruptedException {
    Manifests.Found found = applied.load();
    found.problems().forEach(problem -> LOG.log(System.Logger.Level.WARNING, problem));
    for (Model model : found.models()) {
      progress.accept("serving " + model.ref().name());
      if (fleet.apply(model, false) instanceof Fleet.Applied.Clashes(Violation violation)) {
        LOG.log(System.Logger.Level.WARNING, "{0} is not served: {1}", model.ref(), violation);
      }
    }
    var watch = new ManifestWatch(sources, fleet, upFile::refresh);
    watch.begin();
    Thread watcher = Thread.ofVirtual().name("manifest-watch").start(watch::run);
    started("manifest watch", watcher::interrupt);
    progress.accept(fleet.models().size() + " models declared");
  }

  private Map<String, Object> version() {
    return Map.of(
        "version",
        VERSION,
        "pid",
        ProcessHandle.current().pid(),
        "startedAt",
        startedAt.toString());
  }

  private Map<String, Object> whereItIs() {
    var up = new LinkedHashMap<String, Object>();
    up.put("pid", ProcessHandle.current().pid());
    up.put("proxy", proxy.uri().toString());
    up.put("engine", api.uri().toString());
    up.put("models", objects.urls());
    up.put("startedAt", startedAt.toString());
    up.put("version", VERSION);
    return up;
  }

  /** lc-proxy: one OpenAI endpoint for all models. */
  public URI proxy() {
    return proxy.uri();
  }

  /** The API for operators; it needs the token of the data folder. */
  public URI engine() {
    return api.uri();
  }

  /** The sidecar of each Model, by name of the Model; of several replicas the first. */
  public Map<String, URI> models() {
    var urls = new LinkedHashMap<String, URI>();
    objects.urls().forEach((name, url) -> urls.put(name, URI.create(url)));
    return urls;
  }

  /** Waits until every model has ended its first start, well or not; false when time is up. */
  public boolean awaitSettled(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!fleet.settled()) {
      if (System.nanoTime() >= end) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return true;
  }

  /** Waits until somebody asks the engine to end over its API; false when time is up first. */
  public boolean awaitShutdownAsked(Duration patience) throws InterruptedException {
    return shutdownAsked.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Drains and ends everything that was started; once. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    for (Part part : new ArrayList<>(parts)) {
      try {
        progress.accept("ending " + part.name());
        part.ending().end();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "ending " + part.name() + " failed", e);
      }
    }
  }
}
