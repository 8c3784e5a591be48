package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One run: a fleet is drawn and works through load and faults for a while. Then faults stop, and
 * under the same load everybody has to be served within the published bound again; then requests
 * stop, and all has to come to rest; then everybody who is asked has to be served once more.
 * Everything follows from the seed; odd seeds have no faults and hold waits against their bound
 * from the beginning.
 */
final class Simulation {
  private static final Duration BUSY = Duration.ofMinutes(8);
  private static final Duration BUSY_WITH_FAULTS = Duration.ofMinutes(6);

  /**
   * After this time without a fault nothing is left of those before it: answers that come late,
   * wakes that hang, locks of the dead, backoffs, clocks that have jumped.
   */
  private static final Duration AFTERMATH = Duration.ofMinutes(4);

  /** Under load without faults, after that. */
  private static final Duration RECOVERED = Duration.ofMinutes(3);

  private static final Duration SETTLE = Duration.ofMinutes(25);
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** No run comes near; one that does runs in circles. */
  private static final long MAX_EVENTS = 3_000_000;

  private final Run what;
  private final World world;
  private final SimStore store;
  private final List<SimReplica> replicas = new ArrayList<>();
  private final Invariants invariants;
  private final Evictions evictions;
  private final Consumer<Supplier<String>> trace;
  private final Map<ReplicaId, Long> wakes = new LinkedHashMap<>();
  private boolean busy = true;
  private long events;
  private long requests;

  private Simulation(Run what, Consumer<Supplier<String>> trace) {
    this.what = what;
    this.trace = trace;
    this.world = new World(new SplittableRandom(what.seed), what.seed % 2 == 0);
    this.store = new SimStore(world, world.fleet());
    this.evictions = new Evictions(world, store);
    for (Fleet.Shape shape : world.fleet().shapes()) {
      replicas.add(new SimReplica(shape, world, store, what.policy, what.sabotage, listener()));
    }
    this.invariants = new Invariants(world, store, replicas);
  }

  /** What is run. */
  record Run(long seed, TestedPolicy policy, Sabotage sabotage) {
    static Run of(long seed) {
      return new Run(seed, TestedPolicy.DOCUMENTED, Sabotage.NONE);
    }

    private String replay() {
      return "./mvnw -q -pl core-scheduling -am test -Dtest=SimulationReplay -Dseed="
          + seed
          + " -Dpolicy="
          + policy;
    }
  }

  /**
   * What a run was like.
   *
   * @param boundUsed largest share of its bound that a wait took
   */
  record Report(long seed, long events, long requests, Coverage coverage, double boundUsed) {}

  /** A promise was not kept. */
  static final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;
    private static final Pattern INVARIANT = Pattern.compile("\\b([SL]\\d+)\\b");

    private final String complaint;
    private final long events;

    Violation(Run run, long events, Duration at, Throwable cause) {
      super(
          "%s, seed %d at %s: %s%nreplay: %s"
              .formatted(run.policy, run.seed, at, cause.getMessage(), run.replay()),
          cause);
      this.complaint = String.valueOf(cause.getMessage());
      this.events = events;
    }

    /** Which of the invariants it was, as in S1 or L1. */
    String invariant() {
      Matcher found = INVARIANT.matcher(complaint);
      return found.find() ? found.group(1) : complaint;
    }

    /** Events of the run up to then. */
    long events() {
      return events;
    }
  }

  /**
   * Runs to the end.
   *
   * @throws Violation when an invariant does not hold
   */
  static Report run(Run what, Consumer<Supplier<String>> trace) {
    var outcome = new AtomicReference<@Nullable Report>();
    var failure = new AtomicReference<@Nullable Throwable>();
    // A virtual thread, because handing the turn to and fro is cheapest among virtual threads.
    Thread run =
        Thread.ofVirtual()
            .unstarted(() -> {
              try {
                outcome.set(new Simulation(what, trace).run());
              } catch (Throwable e) {
                failure.set(e);
              }
            });
    run.start();
    try {
      run.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    Report report = outcome.get();
    if (failure.get() instanceof Violation violation) {
      throw violation;
    }
    if (report == null) {
      throw new AssertionError("seed " + what.seed, failure.get());
    }
    return report;
  }

  private Report run() {
    try {
      trace.accept(() -> "fleet " + world.fleet());
      trace.accept(() -> "faults " + world.faults());
      boolean calm = world.faults().none();
      for (SimReplica replica : replicas) {
        after(world.between(0, 5_000_000_000L), "boots", replica, replica::boot);
      }
      if (calm) {
        proceed(Duration.ofMinutes(8));
        invariants.checkQuiet();
        invariants.expect(
            Bounds.of(replicas, store, world.fleet(), Bounds.Servers.RUN, what.policy.fresh()));
      }
      replicas.forEach(this::traffic);
      after(SECOND.toNanos(), "passes", "a second", this::everySecond);
      if (calm) {
        proceed(BUSY);
        wakesAreBounded(BUSY);
      } else {
        proceed(BUSY_WITH_FAULTS);
        recover();
      }
      rest();
      proceed(SETTLE);
      invariants.checkQuiet();
      askAll();
      proceed(SETTLE);
      invariants.checkQuiet();
      if (replicas.stream().noneMatch(replica -> replica.runtime().outgrows())) {
        world.require(store.overcommits() == 0, () -> "S2: the ledger was overcommitted");
      }
      return new Report(what.seed, events, requests, world.coverage(), invariants.boundUsed());
    } catch (Throwable e) {
      trace.accept(() -> "broken: " + e.getMessage());
      throw new Violation(what, events, Duration.ofNanos(world.time().nanos()), e);
    } finally {
      world.fibers().killAll();
    }
  }

  private void proceed(Duration time) {
    long end = world.time().nanos() + time.toNanos();
    while (!world.time().isEmpty() && world.time().next() <= end) {
      VirtualTime.Appointment happened = world.time().runNext();
      if (happened != null) {
        events++;
        trace.accept(() -> Duration.ofNanos(world.time().nanos()) + " " + happened);
        world.require(events < MAX_EVENTS, () -> "L2: it runs in circles");
        invariants.check();
      }
    }
    world.time().skipTo(end);
  }

  /** Requests come in bursts, with pauses between them. */
  private void traffic(SimReplica replica) {
    long mean = replica.shape().load().toNanos();
    boolean pause = world.random().nextInt(30) == 0;
    long next = (long) (-Math.log(1 - world.random().nextDouble()) * mean);
    after(
        pause ? world.between(0, 120_000_000_000L) : next,
        "has a visitor",
        replica,
        () -> {
          if (busy) {
            replica.arrive(new SimRequest(requests++, replica, world));
            traffic(replica);
          }
        });
  }

  private void everySecond() {
    if (!busy) {
      return;
    }
    for (SimReplica replica : replicas) {
      disturb(replica);
      look(replica);
    }
    if (world.faults().strikes(Fault.CLOCK_FORWARD)) {
      world.time().jump(Duration.ofMillis(world.between(1, 600_000)));
    }
    if (world.faults().strikes(Fault.CLOCK_BACKWARD)) {
      world.time().jump(Duration.ofMillis(-world.between(1, 60_000)));
    }
    after(SECOND.toNanos(), "passes", "a second", this::everySecond);
  }

  private void disturb(SimReplica replica) {
    SimReplica.Life life = replica.life();
    if (life == null) {
      if (world.random().nextInt(3) == 0) {
        replica.boot();
      }
      return;
    }
    if (life.state() instanceof State.Stopped) {
      world.coverage().count("stopped for good");
      replica.kill(false);
      return;
    }
    if (world.faults().strikes(Fault.RUNTIME_CRASHES)) {
      replica.runtime().crash();
    }
    // What lasts for moments only is met more often than its share of time.
    if (world.faults().strikes(Fault.MANUAL_ORDERS)
        || (life.state() instanceof State.Failed && oneIn(20, Fault.MANUAL_ORDERS))
        || (life.state() instanceof State.Releasing && oneIn(2, Fault.MANUAL_ORDERS))) {
      switch (world.random().nextInt(5)) {
        case 0, 1 -> life.sidecar().wake();
        case 2, 3 -> life.sidecar().sleep();
        default -> life.sidecar().shutdown();
      }
    }
    if (world.faults().strikes(Fault.SIDECAR_RESTARTS)
        || (life.state() instanceof State.Deactivating && oneIn(30, Fault.SIDECAR_RESTARTS))) {
      world.coverage().count("restart while " + life.state().getClass().getSimpleName());
      replica.kill(world.faults().strikes(Fault.ZOMBIES));
    } else if (world.faults().strikes(Fault.TWO_LIVES)) {
      replica.replace(world.between(0, 120_000_000_000L));
    }
  }

  private boolean oneIn(int times, Fault fault) {
    return world.faults().isOn(fault) && world.random().nextInt(times) == 0;
  }

  /** Traffic that is no inference: it only looks, and S9 says that this changes nothing. */
  private void look(SimReplica replica) {
    SimReplica.Life life = replica.life();
    if (life != null) {
      Instant before = replica.lastActivity();
      State state = life.state();
      life.sidecar().status();
      world.require(
          before.equals(replica.lastActivity()) && state.equals(life.state()),
          () -> "S9: looking woke it");
    }
  }

  /** Faults end, requests do not: whoever waits then, or later, waits no longer than the bound. */
  private void recover() {
    world.faults().end();
    store.heal();
    for (SimReplica replica : replicas) {
      replica.endReplaced();
      replica.boot();
      if (replica.open().stream().anyMatch(SimRequest::isParked)) {
        world.coverage().count("waits when faults end");
      }
    }
    proceed(AFTERMATH);
    invariants.expect(
        Bounds.of(
            replicas, store, world.fleet(), Bounds.Servers.MAY_HAVE_ENDED, what.policy.fresh()));
    proceed(RECOVERED);
  }

  /** Nobody wants anything any more. */
  private void rest() {
    busy = false;
    for (SimReplica replica : replicas) {
      SimReplica.Life life = replica.life();
      if (life != null && life.state() instanceof State.Stopped) {
        replica.kill(false);
      }
      replica.boot();
    }
    // An order to shut down may still be obeyed after this moment.
    after(Duration.ofMinutes(3).toNanos(), "restarts", "whoever stopped", this::restartStopped);
  }

  private void restartStopped() {
    for (SimReplica replica : replicas) {
      SimReplica.Life life = replica.life();
      if (life != null && life.state() instanceof State.Stopped) {
        replica.kill(false);
        replica.boot();
      }
    }
  }

  /** L3: whoever can be served is served again, within the bound. */
  private void askAll() {
    Map<ReplicaId, Optional<Duration>> bounds =
        Bounds.of(replicas, store, world.fleet(), Bounds.Servers.HAVE_ENDED, what.policy.fresh());
    invariants.expect(bounds);
    for (SimReplica replica : replicas) {
      if (bounds.getOrDefault(replica.shape().replica(), Optional.empty()).isPresent()) {
        var request = new SimRequest(requests++, replica, world);
        replica.arrive(request);
        after(SETTLE.toNanos() - 1, "has to have been served", request, () -> served(request));
      } else {
        world.coverage().count("not admissible in the end");
      }
    }
  }

  private void served(SimRequest request) {
    SimRequest.End end = request.end();
    boolean served =
        end == SimRequest.End.ANSWERED
            || end == SimRequest.End.CUT
            || end == SimRequest.End.CANCELLED;
    boolean mayTimeOut = end == SimRequest.End.REFUSED && request.deadlineIsShort();
    world.require(served || mayTimeOut, () -> "L3: " + request + " ended as " + end);
  }

  /** L2: each wake is followed by its minimum runtime, so there cannot be more than fit in. */
  private void wakesAreBounded(Duration time) {
    for (SimReplica replica : replicas) {
      long count = wakes.getOrDefault(replica.shape().replica(), 0L);
      long most = 2 + time.dividedBy(replica.shape().fairness().minRuntime());
      world.require(count <= most, () -> "L2: " + replica + " woke " + count + " times in " + time);
    }
  }

  private SidecarListener listener() {
    return new SidecarListener() {
      @Override
      public void stepped(ReplicaId replica, State before, Event event, State after, Instant now) {
        Transitions.check(world, before, event, after);
        if (world.isFaultless()) {
          evictions.stepped(replica, before, event, after);
        }
        if (after instanceof State.Waking && !(before instanceof State.Waking)) {
          wakes.merge(replica, 1L, Long::sum);
        }
        if (!after.equals(before)) {
          trace.accept(() -> "    " + replica.podName() + " " + event + " → " + after);
        }
      }

      @Override
      public void refused(ReplicaId replica, Refusal refusal) {
        trace.accept(() -> "    " + replica.podName() + " " + refusal);
      }
    };
  }

  private void after(long delay, String what, Object who, Runnable action) {
    world.time().after(delay, what, who, action);
  }
}
