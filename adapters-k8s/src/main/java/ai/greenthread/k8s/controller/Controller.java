package ai.greenthread.k8s.controller;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.client.WorkQueue;
import ai.greenthread.k8s.ledger.GpuObjectLedger;
import ai.greenthread.k8s.render.RenderSettings;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Occupant;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/**
 * Looks after all Models of a cluster. Only one process may run it at a time: whoever leads. Every
 * change of a Model, its pods, its GPUs or its routes puts the Model into a queue; workers take
 * Models from it, never two the same.
 */
public final class Controller implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Controller.class.getName());

  private static final Duration FILL_PATIENCE = Duration.ofMinutes(2);
  private static final Duration SWEEP = Duration.ofSeconds(15);
  private static final int RESYNC_SWEEPS = 40;

  /** Shorter than a lease takes to run out, so that a next leader does not meet this one. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Sight sight;
  private final ModelReconciler reconciler;
  private final FleetRemarks remarks;
  private final WaitBounds bounds;
  private final LostNodes lostNodes;
  private final RetiredRoutes retiredRoutes;
  private final Rights rights;
  private final WorkQueue<ModelRef> queue = new WorkQueue<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("controller-", 0).factory());
  private final CountDownLatch closed = new CountDownLatch(1);
  private final int workers;
  private final Duration sweepPeriod;
  private final LongAdder reconciled = new LongAdder();
  private final LongAdder failed = new LongAdder();

  /** Something of the fleet changed since remarks were last made. */
  private final AtomicBoolean fleetChanged = new AtomicBoolean(true);

  /** Something that wait bounds depend on changed since they were last made. */
  private final AtomicBoolean boundsDoubted = new AtomicBoolean(true);

  /** Routes of a kind that is wanted no more may be there; only the sweep uses it. */
  private boolean routesDoubted = true;

  /** The same of rights that an earlier process gave. */
  private boolean rightsDoubted = true;

  /**
   * What it counted so far.
   *
   * @param reconciled looks at a Model
   * @param failed looks that will be repeated
   * @param waiting Models to be looked at
   * @param unplaced Models with replicas that have no GPU
   * @param models there are
   */
  public record Counts(long reconciled, long failed, int waiting, int unplaced, int models) {}

  /**
   * A controller that is not started yet.
   *
   * @param instance which process this is, for Events
   * @param workers Models looked at side by side
   */
  public Controller(
      JsonApi api,
      RenderSettings settings,
      String instance,
      int workers,
      InstantSource clock,
      RandomGenerator random) {
    this(api, settings, instance, workers, SWEEP, clock, random);
  }

  Controller(
      JsonApi api,
      RenderSettings settings,
      String instance,
      int workers,
      Duration sweepPeriod,
      InstantSource clock,
      RandomGenerator random) {
    this.workers = workers;
    this.sweepPeriod = sweepPeriod;
    this.sight = new Sight(api, settings, random);
    this.remarks = new FleetRemarks(sight);
    this.bounds = new WaitBounds(sight, settings.policy().policy());
    this.lostNodes = new LostNodes(api, sight);
    this.retiredRoutes = new RetiredRoutes(api, sight, settings.routing().kind());
    this.rights = new Rights(api, sight, settings, clock);
    this.reconciler =
        new ModelReconciler(
            api,
            sight,
            settings,
            rights,
            new PlacementBook(),
            new DepartedReplicas(
                api, sight, new GpuObjectLedger(api, settings.systemNamespace(), random), clock),
            new EventRecorder(api, "greenthread-controller", instance, clock, this::tell),
            remarks::of,
            bounds::of,
            clock);
    listen();
  }

  private void listen() {
    sight.models.listen((before, after) -> {
      either(before, after).ifPresent(object -> queue.add(ref(object)));
      if (before.isEmpty() || after.isEmpty()) {
        either(before, after).ifPresent(this::namesakes);
      }
      fleetChanged.set(true);
      if (before.isEmpty()
          || after.isEmpty()
          || WaitBounds.modelMatters(before.get(), after.get())) {
        boundsDoubted.set(true);
      }
    });
    sight.pods.listen((before, after) -> {
      ofModel(before, after);
      if (before.isEmpty() || after.isEmpty()) {
        boundsDoubted.set(true);
      }
    });
    sight.services.listen((before, after) -> ofModel(before, after));
    sight.routes.ifPresent(routes -> routes.listen((before, after) -> ofModel(before, after)));
    sight.gpuObjects.listen(this::gpuChanged);
    sight.nodes.listen((before, after) -> reconciler.unplaced().forEach(queue::add));
  }

  private static Optional<JsonObject> either(
      Optional<JsonObject> before, Optional<JsonObject> after) {
    return after.or(() -> before);
  }

  private static ModelRef ref(JsonObject object) {
    return new ModelRef(Trees.namespace(object), Trees.name(object));
  }

  /** One Model more or less of a name decides who has the public path. */
  private void namesakes(JsonObject object) {
    sight.namesakes(Trees.name(object)).forEach(other -> queue.add(ref(other)));
  }

  private void ofModel(Optional<JsonObject> before, Optional<JsonObject> after) {
    either(before, after).flatMap(Sight::model).ifPresent(queue::add);
  }

  private void gpuChanged(Optional<JsonObject> before, Optional<JsonObject> after) {
    Optional<GpuView> was = before.flatMap(GpuView::of);
    Optional<GpuView> is = after.flatMap(GpuView::of);
    if (is.isEmpty()) {
      // Rare, and a pod may have been placed on it that its record does not know of yet.
      fleetChanged.set(true);
      boundsDoubted.set(true);
      sight.models.all().forEach(object -> queue.add(ref(object)));
      return;
    }
    if (was.isEmpty()) {
      fleetChanged.set(true);
      boundsDoubted.set(true);
      reconciler.unplaced().forEach(queue::add);
      models(is.get().record()).forEach(queue::add);
      return;
    }
    if (was.get().healthy() != is.get().healthy()
        || !was.get().record().capacity().equals(is.get().record().capacity())) {
      fleetChanged.set(true);
      reconciler.unplaced().forEach(queue::add);
    }
    if (WaitBounds.gpuMatters(was.get().record(), is.get().record())) {
      boundsDoubted.set(true);
    }
    Set<String> changed = states(was.get().record());
    Set<String> now = states(is.get().record());
    Set<String> common = new HashSet<>(changed);
    common.retainAll(now);
    changed.addAll(now);
    changed.removeAll(common);
    if (!changed.isEmpty()) {
      models(was.get().record()).forEach(queue::add);
      models(is.get().record()).forEach(queue::add);
    }
  }

  private static Set<String> states(DeviceRecord record) {
    Set<String> states = new HashSet<>();
    for (Occupant occupant : record.occupants()) {
      states.add(occupant.replica() + " " + occupant.state());
    }
    return states;
  }

  private static List<ModelRef> models(DeviceRecord record) {
    return DepartedReplicas.replicas(record).stream().map(ReplicaId::model).distinct().toList();
  }

  /**
   * Begins to look after Models; returns once everything that is there has been seen.
   *
   * @throws IOException when the API server does not show it in time
   */
  public void start() throws IOException, InterruptedException {
    sight.start();
    if (!sight.awaitFilled(FILL_PATIENCE)) {
      throw new IOException("the API server does not list what the controller needs to see");
    }
    // Before anything is written: what an earlier process said of all Models would be withdrawn.
    refreshBounds();
    for (int i = 0; i < workers; i++) {
      threads.execute(this::work);
    }
    threads.execute(this::sweep);
  }

  /** What only informs keeps nobody from their work. */
  private Set<ModelRef> refreshBounds() {
    boundsDoubted.set(false);
    try {
      return bounds.refresh();
    } catch (RuntimeException e) {
      boundsDoubted.set(true);
      LOG.log(System.Logger.Level.ERROR, "a bug while computing wait bounds", e);
      return Set.of();
    }
  }

  private void work() {
    try {
      Optional<ModelRef> next = queue.take();
      while (next.isPresent()) {
        handle(next.get());
        next = queue.take();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(ModelRef ref) {
    try {
      reconciler.reconcile(ref);
      reconciled.increment();
      queue.done(ref);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "{0} is tried again: {1}", ref, e.getMessage());
      failed.increment();
      queue.failed(ref);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a bug while looking after " + ref, e);
      failed.increment();
      queue.failed(ref);
    }
  }

  /** What no event tells: replicas of Models that are gone, and what concerns the whole fleet. */
  private void sweep() {
    try {
      for (int round = 1; ; round++) {
        try {
          sweep(round);
        } catch (RuntimeException e) {
          LOG.log(System.Logger.Level.ERROR, "a bug in the sweep", e);
        }
        if (closed.await(sweepPeriod.toNanos(), TimeUnit.NANOSECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sweep(int round) {
    if (fleetChanged.getAndSet(false)) {
      remarks.refresh().forEach(queue::add);
    }
    if (boundsDoubted.get()) {
      refreshBounds().forEach(queue::add);
    }
    for (GpuView gpu : sight.gpus()) {
      models(gpu.record()).stream()
          .filter(model -> sight.model(model).isEmpty())
          .forEach(queue::add);
    }
    clear("lost nodes", lostNodes::clear);
    if (round % RESYNC_SWEEPS == 0) {
      sight.models.all().forEach(object -> queue.add(ref(object)));
      routesDoubted = true;
      rightsDoubted = true;
    }
    if (routesDoubted) {
      routesDoubted = !clear("routes of another kind", retiredRoutes::clear);
    }
    boolean done = clear("rights that nobody uses", () -> rights.takeBack(rightsDoubted));
    rightsDoubted &= !done;
  }

  /** Whether it is done; what failed is tried again in a later sweep. */
  private static boolean clear(String what, Attempts.Attempt attempt) {
    try {
      attempt.run();
      return true;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "{0} are looked at again: {1}", what, e.getMessage());
      return false;
    }
  }

  /** What it counted so far. */
  public Counts counts() {
    return new Counts(
        reconciled.sum(),
        failed.sum(),
        queue.depth(),
        reconciler.unplaced().size(),
        sight.models.all().size());
  }

  /**
   * Ends after what is under way. It is interrupted only if that takes long: a virtual thread that
   * is interrupted while it writes closes its connection, which other parts of this process use.
   */
  @Override
  public void close() {
    queue.close();
    closed.countDown();
    sight.close();
    threads.shutdown();
    try {
      if (threads.awaitTermination(GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
  }

  /** What is left to tell when it closes is not told. */
  private void tell(Runnable event) {
    try {
      threads.execute(event);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "an Event came too late to be told");
    }
  }
}
