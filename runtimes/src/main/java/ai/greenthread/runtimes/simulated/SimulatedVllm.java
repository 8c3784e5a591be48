package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.child.ChildJvm;
import ai.greenthread.runtimes.http.Exchange;
import ai.greenthread.runtimes.http.HttpLimits;
import ai.greenthread.runtimes.http.HttpListener;
import ai.greenthread.runtimes.simulated.GpuLedgerFile.OutOfMemory;
import ai.greenthread.runtimes.simulated.Knobs.HealthAnswer;
import ai.greenthread.runtimes.simulated.Knobs.MetricsAnswer;
import ai.greenthread.runtimes.surface.ApiError;
import ai.greenthread.runtimes.surface.Departure;
import ai.greenthread.runtimes.surface.Replies;
import ai.greenthread.runtimes.surface.RequestHistory;
import ai.greenthread.runtimes.surface.ServerMetrics;
import ai.greenthread.runtimes.surface.Turns;
import ai.greenthread.runtimes.surface.VllmSurface;
import com.fasterxml.jackson.core.JsonFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A vLLM without a GPU or a model: a real HTTP server that answers, sleeps, wakes, holds memory and
 * fails as one is told it should. In a test's own JVM use {@link #start}, as a process {@link
 * #command}: it writes one line to standard output, {@code ready URL}, once requests are answered,
 * and its port is closed until then.
 */
public final class SimulatedVllm implements AutoCloseable, SleepControl.Surroundings {
  private final Consumer<String> onCrash;
  private final DeviceMemory memory;
  private final Flights flights = new Flights();
  private final PrefixCache prefixes = new PrefixCache();
  private final SleepControl control;
  private final Turns turns;
  private final ServerMetrics metrics;
  private final SimulatedEngine engine;
  private final VllmSurface surface;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile SimulatorConfig config;
  private volatile Optional<HttpListener> listener = Optional.empty();
  private volatile Optional<String> crashed = Optional.empty();
  private volatile Optional<String> stalePage = Optional.empty();

  /**
   * @param onCrash runs after everything has been let go of
   */
  SimulatedVllm(SimulatorConfig config, Consumer<String> onCrash) {
    this.config = config;
    this.onCrash = onCrash;
    String name = config.get(Knobs.SERVED_MODEL_NAME).list().getFirst();
    this.memory = new DeviceMemory(config, "sim-" + UUID.randomUUID());
    this.control = new SleepControl(this, memory, flights);
    this.turns = new Turns(() -> control.holding() ? 0 : this.config.get(Knobs.MAX_NUM_SEQS));
    this.metrics = new ServerMetrics(name, turns);
    long seed = config.get(Knobs.SEED);
    FaultPicker faults = new FaultPicker(() -> this.config.get(Knobs.FAULTS), seed);
    this.engine =
        new SimulatedEngine(
            this, control, flights, turns, prefixes, faults, metrics, memory.cacheBytes());
    this.surface =
        new VllmSurface(
            engine,
            metrics,
            RequestHistory.in(
                config.get(Knobs.HISTORY),
                InstantSource.system(),
                config.get(Knobs.SERVED_MODEL_NAME).list()),
            new SimulatorGate(() -> this.config, faults),
            InstantSource.system(),
            new SplittableRandom(seed));
    new ControlRoutes(control, prefixes).addTo(surface);
    new AdminRoutes(this).addTo(surface);
    surface.route("GET /health", this::health);
    surface.route("GET /metrics", this::metrics);
  }

  /** Runs one as this process, with the arguments that {@code --help} lists. */
  public static void main(String[] arguments) throws InterruptedException {
    new SimulatedProcess(System.out, System.err).run(List.of(arguments));
  }

  /**
   * The command line that runs one in a JVM of its own.
   *
   * @param arguments as {@code --help} lists them
   */
  public static List<String> command(Path javaHome, List<String> arguments) {
    return ChildJvm.command(javaHome, SimulatedVllm.class, List.of(JsonFactory.class), arguments);
  }

  /**
   * Starts one in this JVM; a crash then closes its port instead of ending the JVM.
   *
   * @throws IOException where the port is taken
   * @throws StartFailed where the configuration says so, or memory does not suffice
   */
  public static SimulatedVllm start(SimulatorConfig config)
      throws IOException, InterruptedException {
    SimulatedVllm simulator = new SimulatedVllm(config, _ -> {});
    simulator.open();
    return simulator;
  }

  /** The simulated engine could not start. */
  public static final class StartFailed extends IOException {
    private static final long serialVersionUID = 1L;

    StartFailed(String message) {
      super(message);
    }
  }

  /** Takes the memory, lets the loading time pass, and opens the port. */
  void open() throws IOException, InterruptedException {
    if (!memory.hasRoomForCache()) {
      throw new StartFailed(
          "No available memory for the cache blocks (simulated). Try increasing gpu-memory-utilization.");
    }
    try {
      memory.hold(true, true, 0);
    } catch (OutOfMemory e) {
      throw new StartFailed(
          "Free memory on startup is less than desired GPU memory utilization (simulated): "
              + e.getMessage());
    }
    if (config.get(Knobs.NEVER_READY)) {
      end.await();
    }
    Thread.sleep(
        config
            .get(Knobs.LOAD_TIME)
            .plus(SleepControl.duration(config, config.get(Knobs.LOAD_RATE))));
    if (config.get(Knobs.FAIL_START)) {
      memory.release();
      throw new StartFailed("Engine core initialization failed (simulated).");
    }
    try {
      listener =
          Optional.of(
              HttpListener.open(
                  config.get(Knobs.HOST), config.get(Knobs.PORT), HttpLimits.DEFAULT, surface));
    } catch (IOException e) {
      memory.release();
      throw e;
    }
  }

  /** Base address, such as {@code http://127.0.0.1:40123}. */
  public String url() {
    return listener.orElseThrow(() -> new IllegalStateException("the port is not open")).url();
  }

  @Override
  public SimulatorConfig config() {
    return config;
  }

  /**
   * Turns a knob while the simulator runs. Names, devices, sizes and the port stay as they were at
   * the start.
   */
  public <T> void turn(Knob<T> knob, T value) {
    reconfigure(config.with(knob, value));
  }

  void reconfigure(SimulatorConfig next) {
    config = next;
    turns.limitChanged();
  }

  /** Bytes held on each device. */
  public Map<Integer, Long> heldByDevice() {
    return memory.heldByDevice();
  }

  /** Bytes of weights kept in main memory while asleep at level 1. */
  public long hostBytes() {
    return memory.hostBytes();
  }

  /** Clients that left before their answer was complete. */
  public List<Departure> departures() {
    return metrics.departures();
  }

  /** Answers being written. */
  public int running() {
    return turns.running();
  }

  /** Requests that wait, for their turn or for a wake. */
  public int waiting() {
    return turns.waiting();
  }

  /** True while anything sleeps, whatever {@code /is_sleeping} says. */
  public boolean asleep() {
    return control.paused();
  }

  /** True while the port is open and the engine inside lives. */
  public boolean alive() {
    return !ended.get() && engine.alive();
  }

  /** Why the simulated process crashed. */
  public Optional<String> crashReason() {
    return crashed;
  }

  SleepControl control() {
    return control;
  }

  long realBytes() {
    return memory.realBytes();
  }

  private void health(Exchange exchange) throws IOException, InterruptedException {
    switch (config.get(Knobs.HEALTH)) {
      case HealthAnswer.TRUTH -> Replies.empty(exchange, engine.alive() ? 200 : 503);
      case HealthAnswer.DEAD -> Replies.empty(exchange, 503);
      case HealthAnswer.HANG -> {
        CountDownLatch left = new CountDownLatch(1);
        exchange.onLeave(left::countDown);
        left.await();
      }
    }
  }

  private void metrics(Exchange exchange) throws IOException {
    String page =
        switch (config.get(Knobs.METRICS)) {
          case MetricsAnswer.CURRENT -> page(false);
          case MetricsAnswer.OLDER -> page(true);
          case MetricsAnswer.MISSING -> throw ApiError.of(404, "Not Found");
          case MetricsAnswer.STALE -> stalePage.orElseGet(() -> page(false));
        };
    stalePage = Optional.of(page);
    VllmSurface.metricsPage(exchange, page);
  }

  private String page(boolean older) {
    return metrics.page(engine.cacheUsage(), control.metricState(), older);
  }

  @Override
  public void schedulingChanged() {
    turns.limitChanged();
  }

  @Override
  public void engineDied() {
    engine.die();
    memory.release();
  }

  @Override
  public void forgetPrefixes() {
    prefixes.clear();
  }

  /** Ends at once, as a process that is killed: connections break, memory is free. */
  @Override
  public void crash(String why) {
    if (ended.compareAndSet(false, true)) {
      crashed = Optional.of(why);
      letGo();
      try {
        onCrash.accept(why);
      } finally {
        // Before it, a main thread that awaits the end would end the process as if all were well.
        end.countDown();
      }
    }
  }

  /** Waits until the simulator has been closed or has crashed. */
  void awaitEnd() throws InterruptedException {
    end.await();
  }

  @Override
  public void close() {
    if (ended.compareAndSet(false, true)) {
      letGo();
      end.countDown();
    }
  }

  private void letGo() {
    listener.ifPresent(HttpListener::close);
    control.close();
    engine.die();
    memory.release();
  }
}
