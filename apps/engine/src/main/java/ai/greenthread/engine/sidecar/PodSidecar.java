package ai.greenthread.engine.sidecar;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.http.events.EventJournal;
import ai.greenthread.http.events.SidecarEvents;
import ai.greenthread.http.relay.UpstreamLimits;
import ai.greenthread.http.runtime.PodHost;
import ai.greenthread.http.runtime.PodRuntime;
import ai.greenthread.http.server.ServerSettings;
import ai.greenthread.http.sidecar.FrontDoor;
import ai.greenthread.http.sidecar.MonotonicClock;
import ai.greenthread.http.sidecar.Orders;
import ai.greenthread.http.sidecar.SidecarMetrics;
import ai.greenthread.http.sidecar.ThreadTimers;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.ledger.GpuObjectLedger;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.runtime.HostLink;
import ai.greenthread.scheduling.runtime.InferenceRuntime;
import ai.greenthread.scheduling.sidecar.Mailbox;
import ai.greenthread.scheduling.sidecar.ProcedureRunner;
import ai.greenthread.scheduling.sidecar.Procedures;
import ai.greenthread.scheduling.sidecar.Sidecar;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import ai.greenthread.scheduling.sidecar.SidecarSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The sidecar of one pod, running. */
final class PodSidecar {
  private static final System.Logger LOG = System.getLogger(PodSidecar.class.getName());
  private static final int EVENTS_KEPT = 200;
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("sidecar-", 0).factory());
  private final MonotonicClock clock = new MonotonicClock();
  private final ThreadTimers timers = new ThreadTimers(clock);
  private final SidecarSettings settings;
  private final Orders orders = new Orders();
  private final PodRuntime inference;
  private final Ledger ledger;
  private final Sidecar sidecar;
  private final FrontDoor door;

  /**
   * Opens the door and begins to boot. As long as the API server does not answer, requests are
   * parked.
   */
  PodSidecar(SidecarConfig config, JsonApi api) {
    Model model = config.model();
    ReplicaId replica = config.replica();
    List<GpuId> devices = config.devices();
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    HostLink link = AgentHostLink.of(http, config.agent(), config.wakesAtOnce());
    this.settings = SidecarSettings.of(model.spec(), config.touchPeriod(), link);
    var random = new SecureRandom();
    var store = new GpuObjectLedger(api, config.systemNamespace(), random);
    this.inference =
        new PodRuntime(
            model,
            devices,
            new PodHost(
                http,
                config.runtime(),
                config.run(),
                new AgentMeter(http, config.agent(), config.podUid())));
    InferenceRuntime runtime = inference.runtime();
    var metrics = new SidecarMetrics(replica, devices, store);
    this.ledger = new Ledger(store, replica, devices, clock, metrics::ledgerConflict);
    var procedures =
        new Procedures(
            replica,
            model.spec().fairness(),
            model.spec()::firstNeed,
            settings.lockTime(),
            new Procedures.Parts(
                ledger,
                config.policy().policy(),
                runtime,
                link,
                new ModelMeasurements(
                    api, model.ref(), config.replaceHash(), config.run(), threads)),
            clock,
            Thread::sleep);
    var bound = new PublishedBound(api, model.ref(), threads);
    var journal = new EventJournal(clock, EVENTS_KEPT);
    this.sidecar =
        new Sidecar(
            replica,
            settings,
            devices,
            store,
            new ProcedureRunner(procedures, threads, PodSidecar::bug),
            new Mailbox(threads),
            timers,
            clock,
            SidecarListener.all(
                List.of(
                    new SidecarEvents(journal, metrics::charged),
                    metrics,
                    bound,
                    orders,
                    new ReplicaReport(api, replica, config.podUid(), new Mailbox(threads)),
                    new StateLog())));
    runtime.onDeath(sidecar::runtimeDied);
    metrics.observe(sidecar);
    metrics.promise(bound::longest);
    this.door =
        FrontDoor.open(
            new FrontDoor.Settings(
                ServerSettings.at(config.host(), config.port()),
                UpstreamLimits.DEFAULT,
                KEEP_ALIVE),
            new FrontDoor.Identity(
                model.ref().name(),
                model.spec().modelName(),
                model.spec().lora().enabled(),
                clock.instant()),
            sidecar,
            runtime,
            metrics,
            orders,
            journal,
            random);
    sidecar.start();
  }

  private static void bug(Throwable bug) {
    LOG.log(System.Logger.Level.ERROR, "a bug in this sidecar", bug);
  }

  URI uri() {
    return door.uri();
  }

  /**
   * Drains, ends the server, gives everything back, and lets the pod's other container go. What is
   * not done in time is left to whoever finds it: the next sidecar, or the controller.
   */
  void stop() throws InterruptedException {
    stop(settings.stopTime());
  }

  /** The same, given up after {@code longest}. */
  void stop(Duration longest) throws InterruptedException {
    Orders.Outcome end = orders.await(sidecar, sidecar::shutdown, State.Stopped.class, longest);
    if (end.timedOut()) {
      LOG.log(System.Logger.Level.WARNING, "not stopped within {0}", longest);
    } else {
      forget();
      inference.exit();
    }
    sidecar.close();
    door.close();
    timers.close();
    threads.shutdownNow();
  }

  private void forget() {
    try {
      ledger.forget(Long.MAX_VALUE);
    } catch (LedgerUnavailable e) {
      LOG.log(System.Logger.Level.INFO, "the controller will clear: {0}", e.getMessage());
    }
  }
}
