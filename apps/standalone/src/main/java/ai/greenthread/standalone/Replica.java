package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.http.events.SidecarEvents;
import ai.greenthread.http.sidecar.FrontDoor;
import ai.greenthread.http.sidecar.Orders;
import ai.greenthread.http.sidecar.SidecarMetrics;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.policy.WaitBound;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.sidecar.Mailbox;
import ai.greenthread.scheduling.sidecar.ProcedureRunner;
import ai.greenthread.scheduling.sidecar.Procedures;
import ai.greenthread.scheduling.sidecar.Sidecar;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import ai.greenthread.scheduling.sidecar.SidecarSettings;
import ai.greenthread.scheduling.sidecar.SidecarStatus;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** One replica on this machine: its sidecar, its inference server and their front door. */
final class Replica {
  private static final System.Logger LOG = System.getLogger(Replica.class.getName());

  /** Nothing is written to memory too often. */
  private static final Duration TOUCH_PERIOD = Duration.ofSeconds(1);

  private final Model model;
  private final ReplicaId id;
  private final List<GpuId> devices;
  private final Platform platform;
  private final SidecarSettings settings;
  private final Orders orders = new Orders();
  private final Displacement displacement = new Displacement();
  private final Sidecar sidecar;
  private final Ledger ledger;
  private final FrontDoor door;

  /**
   * @param waitBound longest wait for it, as the fleet is when that is asked
   */
  Replica(
      Model model,
      int ordinal,
      List<GpuId> devices,
      Platform platform,
      Function<ReplicaId, Optional<Duration>> waitBound) {
    this.model = model;
    this.id = new ReplicaId(model.ref(), ordinal);
    this.devices = List.copyOf(devices);
    this.platform = platform;
    this.settings = SidecarSettings.of(model.spec(), TOUCH_PERIOD, platform.link());
    InferenceRuntime runtime =
        platform
            .runtimes()
            .create(
                platform.gpus().onDevices(model, devices, firstNeed()),
                platform.data().serverHome(id));
    var metrics = new SidecarMetrics(id, devices, platform.gpus().ledger());
    this.ledger =
        new Ledger(
            platform.gpus().ledger(), id, devices, platform.clock(), metrics::ledgerConflict);
    var procedures =
        new Procedures(
            id,
            model.spec().fairness(),
            model.spec()::firstNeed,
            settings.lockTime(),
            new Procedures.Parts(
                ledger, platform.policy(), runtime, platform.link(), platform.measurements()),
            platform.clock(),
            Thread::sleep);
    this.sidecar =
        new Sidecar(
            id,
            settings,
            devices,
            platform.gpus().ledger(),
            new ProcedureRunner(procedures, platform.threads(), this::bug),
            new Mailbox(platform.threads()),
            platform.timers(),
            platform.clock(),
            SidecarListener.all(
                List.of(
                    new SidecarEvents(platform.journal(), metrics::charged),
                    metrics,
                    orders,
                    displacement)));
    runtime.onDeath(sidecar::runtimeDied);
    metrics.observe(sidecar);
    metrics.promise(() -> waitBound.apply(id));
    this.door =
        FrontDoor.open(
            FrontDoor.Settings.loopback(0),
            new FrontDoor.Identity(
                model.ref().name(),
                model.spec().modelName(),
                model.spec().lora().enabled(),
                platform.clock().instant()),
            sidecar,
            runtime,
            metrics,
            orders,
            platform.journal(),
            platform.random());
  }

  private void bug(Throwable bug) {
    LOG.log(System.Logger.Level.ERROR, "a bug in the sidecar of " + id.podName(), bug);
  }

  void start() {
    sidecar.start();
  }

  Model model() {
    return model;
  }

  ReplicaId id() {
    return id;
  }

  List<GpuId> devices() {
    return devices;
  }

  URI url() {
    return door.uri();
  }

  SidecarStatus status() {
    return sidecar.status();
  }

  /** Brings it awake and waits for that. */
  Orders.Outcome wake(Duration patience) throws InterruptedException {
    return orders.await(sidecar, sidecar::wake, State.Serving.class, patience);
  }

  /** Puts it to sleep, whatever its minimum runtime, and waits for that. */
  Orders.Outcome sleep(Duration patience) throws InterruptedException {
    return orders.await(sidecar, sidecar::sleep, State.Sleeping.class, patience);
  }

  /** Wakes a popular model again that lost its place, if it has room without anybody leaving. */
  void restoreIfDisplaced() {
    if (model.spec().fairness().popular()
        && displacement.isOver(status().state(), platform.clock().instant())
        && fitsBesideAll()) {
      LOG.log(System.Logger.Level.INFO, "{0} is popular and gets its place back", id.podName());
      sidecar.wake();
    }
  }

  private boolean fitsBesideAll() {
    Bytes need = need();
    return devices.stream()
        .map(platform.gpus()::record)
        .allMatch(record -> record.intents().isEmpty() && need.fitsIn(record.availableTo(id)));
  }

  /**
   * Drains, ends the server, gives everything back; returns when done or after {@code patience}.
   */
  void stop(Duration patience) throws InterruptedException {
    Orders.Outcome end = orders.await(sidecar, sidecar::shutdown, State.Stopped.class, patience);
    if (end.timedOut()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} did not stop within {1} s; its server is ended at the next start",
          id.podName(),
          patience.toSeconds());
    } else {
      ledger.forget(Long.MAX_VALUE);
    }
    sidecar.close();
    door.close();
  }

  /** Longest time that a stop can take. */
  Duration stopTime() {
    return settings.stopTime();
  }

  /** Declared memory, or the share of the smallest device that the Model may use. */
  private Bytes firstNeed() {
    return firstNeed(model, devices, platform.gpus().capacities());
  }

  static Bytes firstNeed(Model model, List<GpuId> devices, Map<GpuId, Bytes> capacities) {
    Bytes smallest =
        devices.stream()
            .map(device -> capacities.getOrDefault(device, Bytes.ZERO))
            .reduce(Bytes::min)
            .orElse(Bytes.ZERO);
    return model.spec().firstNeed(smallest);
  }

  /** What the fleet's wait bounds depend on. */
  WaitBound.Member member() {
    return WaitBound.Member.of(
        id,
        model.spec(),
        need(),
        devices.stream().map(platform.gpus()::record).toList(),
        platform.link().patience());
  }

  /** Memory that it needs on each device, as measured or guessed. */
  Bytes need() {
    return platform.measurements().of(model.ref()).orElseGet(this::firstNeed);
  }
}
