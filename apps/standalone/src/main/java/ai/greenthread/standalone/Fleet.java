package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ModelRules;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.domain.model.Violation;
import ai.greenthread.domain.model.Warning;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.placement.Placement;
import ai.greenthread.scheduling.policy.WaitBound;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * All Models of this machine and their replicas. What is applied is on disk before anything is
 * started. Changes come one at a time; reading never waits for them.
 */
final class Fleet {
  private static final System.Logger LOG = System.getLogger(Fleet.class.getName());

  private static final CompletableFuture<Boolean> SETTLED = CompletableFuture.completedFuture(true);

  private final Platform platform;
  private final AppliedModels applied;
  private final ReentrantLock changes = new ReentrantLock();
  private final Map<ModelRef, Deployed> deployed = new ConcurrentSkipListMap<>();

  /** Replicas by what requests carry in {@code model}; replaced with every change. */
  private volatile Map<String, List<Replica>> byModelName = Map.of();

  /** Models whose replicas are being replaced, by what requests carry in {@code model}. */
  private final Map<String, CompletableFuture<Boolean>> replacements = new ConcurrentHashMap<>();

  /**
   * Nothing is started any more; set before the lock is waited for, so that a change can see it.
   */
  private volatile boolean closed;

  /**
   * A Model as it stands here.
   *
   * @param generation counts changes of its spec, from 1
   * @param since when it was first applied to this engine
   * @param replicas none when it could not be placed
   * @param unplaced why not, in words; empty otherwise
   */
  record Deployed(
      Model model, long generation, Instant since, List<Replica> replicas, String unplaced) {}

  /** What applying did. */
  enum Change {
    CREATED,
    CONFIGURED,
    UNCHANGED
  }

  /** What came of applying. */
  sealed interface Applied {
    record Done(Change change) implements Applied {}

    /** Another Model stands in its way; nothing has changed. */
    record Clashes(Violation violation) implements Applied {}

    /** The engine ends: nothing is started any more. */
    record Closing() implements Applied {}
  }

  Fleet(Platform platform, AppliedModels applied) {
    this.platform = platform;
    this.applied = applied;
  }

  /** Why this Model cannot be applied here, or beside the others as they are now. */
  Optional<Violation> clash(Model model) {
    return ModelRules.onOneMachine(model.spec()).or(() -> FleetRules.clash(model, models()));
  }

  /**
   * Serves the Model as it says; one that runs already is drained and started anew if its spec
   * differs.
   *
   * @param keep it was applied by somebody and has to survive a restart, unlike one that comes from
   *     a watched folder
   */
  Applied apply(Model model, boolean keep) throws InterruptedException {
    changes.lock();
    try {
      if (closed) {
        return new Applied.Closing();
      }
      Optional<Violation> clash = clash(model);
      if (clash.isPresent()) {
        return new Applied.Clashes(clash.get());
      }
      Optional<Deployed> before = find(model.ref());
      if (keep) {
        applied.save(model);
      }
      if (before.isEmpty()) {
        deploy(model, 1, platform.clock().instant());
        return new Applied.Done(Change.CREATED);
      }
      return before.get().model().equals(model)
          ? new Applied.Done(Change.UNCHANGED)
          : replace(before.get(), model);
    } finally {
      changes.unlock();
    }
  }

  private Applied replace(Deployed before, Model model) throws InterruptedException {
    String modelName = before.model().spec().modelName();
    var replaced = new CompletableFuture<Boolean>();
    replacements.put(modelName, replaced);
    try {
      return restart(before, model);
    } finally {
      replacements.remove(modelName);
      replaced.complete(true);
    }
  }

  private Applied restart(Deployed before, Model model) throws InterruptedException {
    stop(before.replicas());
    if (closed) {
      return new Applied.Closing();
    }
    if (!before.model().spec().runtime().equals(model.spec().runtime())) {
      platform.measurements().forget(model.ref());
    }
    deploy(model, before.generation() + 1, before.since());
    return new Applied.Done(Change.CONFIGURED);
  }

  private void deploy(Model model, long generation, Instant since) {
    var replicas = new ArrayList<Replica>();
    String unplaced = "";
    for (int ordinal = 0; ordinal < model.spec().replicas(); ordinal++) {
      switch (place(model, replicas)) {
        case Placement.Choice.Placed placed ->
            replicas.add(new Replica(model, ordinal, placed.devices(), platform, this::waitBound));
        case Placement.Choice.Impossible impossible -> unplaced = impossible.reason();
      }
    }
    deployed.put(
        model.ref(), new Deployed(model, generation, since, List.copyOf(replicas), unplaced));
    index();
    replicas.forEach(Replica::start);
    if (!unplaced.isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, "{0} cannot be placed: {1}", model.ref(), unplaced);
    }
  }

  private void index() {
    var next = new HashMap<String, List<Replica>>();
    deployed
        .values()
        .forEach(each -> next.putIfAbsent(each.model().spec().modelName(), each.replicas()));
    byModelName = Map.copyOf(next);
  }

  private Placement.Choice place(Model model, List<Replica> siblings) {
    var promised = new HashMap<GpuId, Bytes>();
    var all = new ArrayList<>(replicas());
    all.addAll(siblings);
    for (Replica replica : all) {
      Bytes need = replica.need();
      replica.devices().forEach(device -> promised.merge(device, need, Bytes::plus));
    }
    Map<GpuId, Bytes> capacities = platform.gpus().capacities();
    List<Placement.Candidate> candidates =
        platform.gpus().devices().stream()
            .map(device ->
                new Placement.Candidate(
                    device.id(),
                    GpuFleet.label(device),
                    capacities.getOrDefault(device.id(), Bytes.ZERO),
                    platform.gpus().headroom(device),
                    promised.getOrDefault(device.id(), Bytes.ZERO)))
            .toList();
    List<GpuId> every = platform.gpus().devices().stream().map(GpuDevice::id).toList();
    Bytes need =
        platform
            .measurements()
            .of(model.ref())
            .orElseGet(() -> Replica.firstNeed(model, every, capacities));
    return Placement.choose(
        new Placement.Request(model.spec().parallelism().gpus(), need, model.spec().product()),
        candidates);
  }

  /** Drains, ends and forgets a Model; empty if there is none of that name. */
  Optional<Deployed> delete(ModelRef ref) throws InterruptedException {
    changes.lock();
    try {
      Optional<Deployed> present = find(ref);
      if (present.isPresent()) {
        applied.delete(ref);
        stop(present.get().replicas());
        deployed.remove(ref);
        index();
        platform.measurements().forget(ref);
      }
      return present;
    } finally {
      changes.unlock();
    }
  }

  /** Drains and ends everything, all models side by side; nothing is started after that. */
  void stopAll() throws InterruptedException {
    closed = true;
    changes.lock();
    try {
      stop(replicas());
    } finally {
      changes.unlock();
    }
  }

  private static void stop(List<Replica> replicas) throws InterruptedException {
    var stopping = new ArrayList<Thread>();
    for (Replica replica : replicas) {
      stopping.add(Thread.ofVirtual().start(() -> stop(replica)));
    }
    for (Thread thread : stopping) {
      thread.join();
    }
  }

  private static void stop(Replica replica) {
    try {
      replica.stop(replica.stopTime());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Collection<Deployed> all() {
    return List.copyOf(deployed.values());
  }

  Optional<Deployed> find(ModelRef ref) {
    return Optional.ofNullable(deployed.get(ref));
  }

  /** Replicas of the Model that requests name so; empty if there is none. */
  Optional<List<Replica>> serving(String modelName) {
    return Optional.ofNullable(byModelName.get(modelName));
  }

  /** Completes when the replicas of a Model are not being replaced by others any more. */
  CompletableFuture<Boolean> replaced(String modelName) {
    return replacements.getOrDefault(modelName, SETTLED);
  }

  List<Model> models() {
    return deployed.values().stream().map(Deployed::model).toList();
  }

  List<Replica> replicas() {
    return deployed.values().stream().flatMap(each -> each.replicas().stream()).toList();
  }

  /** The longest wait for a replica while nothing fails; empty if it has no bound. */
  Optional<Duration> waitBound(ReplicaId replica) {
    List<WaitBound.Member> members = replicas().stream().map(Replica::member).toList();
    Map<GpuId, Bytes> capacities = new HashMap<>();
    for (GpuDevice device : platform.gpus().devices()) {
      capacities.put(device.id(), WaitBound.capacity(platform.gpus().record(device.id())));
    }
    return members.stream().anyMatch(member -> member.replica().equals(replica))
        ? WaitBound.of(replica, members, capacities, platform.policy())
        : Optional.empty();
  }

  /**
   * What an operator should know of this fleet.
   *
   * @param hopeless models that cannot wake as things are
   * @param outlasted whose requests may be refused while another one has its turn, or who does that
   *     to others
   */
  record Remarks(List<FleetRules.Remark> hopeless, Map<ModelRef, List<Warning>> outlasted) {
    /** Why a Model cannot wake; empty if it can. */
    String hopeless(ModelRef model) {
      return hopeless.stream()
          .filter(remark -> remark.model().equals(model))
          .map(remark -> remark.warning().message())
          .collect(Collectors.joining("; "));
    }

    /** What may befall a Model's requests or those of others; empty if nothing may. */
    String outlasted(ModelRef model) {
      return outlasted.getOrDefault(model, List.of()).stream()
          .map(Warning::toString)
          .collect(Collectors.joining("; "));
    }
  }

  Remarks remarks() {
    var measured = new TreeMap<ModelRef, Bytes>();
    for (Model model : models()) {
      platform.measurements().of(model.ref()).ifPresent(bytes -> measured.put(model.ref(), bytes));
    }
    Map<GpuId, Bytes> capacities = platform.gpus().capacities();
    List<FleetRules.Device> devices =
        platform.gpus().devices().stream()
            .map(device ->
                new FleetRules.Device(
                    device.id(),
                    GpuFleet.label(device),
                    capacities.getOrDefault(device.id(), Bytes.ZERO),
                    platform.gpus().headroom(device)))
            .toList();
    return new Remarks(
        FleetRules.room(models(), measured, devices),
        models().stream()
            .collect(
                Collectors.toMap(
                    Model::ref,
                    model -> FleetRules.outlasted(model, models(), measured, devices))));
  }

  /** Every replica has been asleep or serving at least once, or has failed. */
  boolean settled() {
    return replicas().stream()
        .map(Replica::status)
        .allMatch(status -> status.bootReady() || status.state() instanceof State.Failed);
  }
}
