package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.Lifecycle;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.policy.WakePolicy;
import ai.greenthread.scheduling.runtime.HostLink;
import ai.greenthread.scheduling.runtime.Measurements;
import ai.greenthread.scheduling.sidecar.Procedures;
import ai.greenthread.scheduling.sidecar.Sidecar;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import ai.greenthread.scheduling.sidecar.Timers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One replica over all its lives: the server and what was measured outlive a sidecar. */
final class SimReplica implements Measurements {
  private static final Duration LOCK_TIME = Duration.ofSeconds(75);

  private final Fleet.Shape shape;
  private final World world;
  private final SimStore store;
  private final TestedPolicy policies;
  private final Sabotage sabotage;
  private final SidecarListener listener;
  private final SimRuntime runtime;
  private final Set<SimRequest> open = new LinkedHashSet<>();
  private Optional<Bytes> measured = Optional.empty();
  private Optional<Fingerprint> fingerprint = Optional.empty();
  private final Set<Life> replaced = new LinkedHashSet<>();
  private int lives;
  private @Nullable Life life;

  SimReplica(
      Fleet.Shape shape,
      World world,
      SimStore store,
      TestedPolicy policies,
      Sabotage sabotage,
      SidecarListener listener) {
    this.shape = shape;
    this.world = world;
    this.store = store;
    this.policies = policies;
    this.sabotage = sabotage;
    this.listener = listener;
    this.runtime = new SimRuntime(shape, world, this::granted);
  }

  private Bytes granted(GpuId device) {
    return store.peek(device).occupant(shape.replica()).map(Occupant::charge).orElse(Bytes.ZERO);
  }

  /** One sidecar from its start to its end. */
  final class Life {
    private final Sidecar sidecar;
    private final SimEffects effects;
    private final Letters letters = new Letters();
    private final Set<SimRequest> running = new LinkedHashSet<>();
    private boolean dead;

    Life() {
      GpuLedger reached = store.reachedBy(new LedgerAudit.Writer(shape.replica(), lives++));
      GpuLedger seen = sabotage.store(reached, shape.replica());
      WakePolicy policy =
          new PolicyOracle(
              sabotage.policy(policies.fresh()),
              policies.rule(),
              complaint -> world.require(sabotage.blind(), () -> complaint));
      var ledger =
          new Ledger(
              seen,
              shape.replica(),
              shape.devices(),
              world.time().clock(),
              () -> world.coverage().count("conflict met"));
      var procedures =
          new Procedures(
              shape.replica(),
              shape.fairness(),
              _ -> shape.firstNeed(),
              LOCK_TIME,
              new Procedures.Parts(
                  ledger, policy, sabotage.runtime(runtime), HostLink.WIDE, SimReplica.this),
              world.time().clock(),
              pause -> world.fibers().sleep(pause.toNanos()));
      effects =
          new SimEffects(
              world,
              shape.replica().podName(),
              procedures,
              event -> {
                if (event instanceof Event.Reconciled reply
                    && !reply.bootWake()
                    && shape.staysAlive()) {
                  world.coverage().count("server taken over");
                }
                return sabotage.reply(event, this);
              });
      sidecar =
          new Sidecar(
              shape.replica(),
              shape.settings(),
              sabotage.machine(new Lifecycle(shape.settings().lifecycle())),
              shape.devices(),
              reached,
              sabotage.effects(effects, ledger),
              letters,
              timers(),
              world.time().clock(),
              listener);
      runtime.onDeath(reason -> {
        if (!dead && !replaced.contains(this)) {
          sidecar.runtimeDied(reason);
        }
      });
    }

    private Timers timers() {
      return (due, action) -> {
        long wait = Duration.between(world.time().wall(), due).toNanos();
        VirtualTime.Appointment appointment =
            world
                .time()
                .after(
                    wait,
                    "has an appointment",
                    SimReplica.this,
                    () -> {
                      if (!dead) {
                        action.run();
                      }
                    });
        return appointment::cancel;
      };
    }

    /** Letters are read in order, each a little later than it was sent. */
    private final class Letters implements Executor {
      private long last;
      private int unread;

      @Override
      public void execute(Runnable letter) {
        long slow = world.random().nextInt(50) == 0 ? 200_000_000 : 50_000;
        last = Math.max(last, world.time().nanos() + world.between(1, slow));
        unread++;
        world
            .time()
            .after(
                last - world.time().nanos(),
                "reads a letter",
                SimReplica.this,
                () -> {
                  if (!dead) {
                    unread--;
                    letter.run();
                  }
                });
      }
    }

    /** What the ledger says has to agree before a request may go to the server. */
    void requireServingInLedger(long generation) {
      for (GpuId device : shape.devices()) {
        Optional<Occupant> mine = store.peek(device).occupant(shape.replica());
        world.require(
            mine.isPresent()
                && mine.get().state() == OccupantState.SERVING
                && mine.get().generation() == generation,
            () -> "S3: serving with " + generation + " while the ledger says " + mine);
      }
    }

    Sidecar sidecar() {
      return sidecar;
    }

    State state() {
      return sidecar.status().state();
    }

    /** Requests that hold a pass. */
    Set<SimRequest> running() {
      return running;
    }

    boolean hasUnreadLetters() {
      return letters.unread > 0;
    }

    boolean isDead() {
      return dead;
    }

    SimEffects effects() {
      return effects;
    }

    private void die(boolean zombies) {
      dead = true;
      sidecar.close();
      effects.die(zombies);
    }
  }

  void boot() {
    if (life == null) {
      world.coverage().count("life");
      var next = new Life();
      life = next;
      next.sidecar().start();
    }
  }

  /** The sidecar is gone from one moment to the next; its server does not notice. */
  void kill(boolean zombies) {
    Life here = life;
    if (here != null) {
      here.die(zombies);
      life = null;
      new ArrayList<>(open).forEach(SimRequest::engineGone);
    }
  }

  /** A new sidecar begins beside one that has been cut off and does not know it, for a while. */
  void replace(long nanos) {
    Life old = life;
    if (old != null) {
      world.coverage().count("replaced while " + old.state().getClass().getSimpleName());
      replaced.add(old);
      old.effects.cutOff();
      life = null;
      new ArrayList<>(open).forEach(SimRequest::engineGone);
      boot();
      world.time().after(nanos, "sees that it was replaced", this, () -> end(old));
    }
  }

  private void end(Life old) {
    if (replaced.remove(old)) {
      old.die(false);
    }
  }

  void endReplaced() {
    Set.copyOf(replaced).forEach(this::end);
  }

  void arrive(SimRequest request) {
    Life here = life;
    if (here == null) {
      world.coverage().count("nobody at the door");
    } else {
      open.add(request);
      request.arrive(here);
    }
  }

  void ended(SimRequest request) {
    open.remove(request);
  }

  @Nullable Life life() {
    return life;
  }

  /** Requests that have not ended. */
  Set<SimRequest> open() {
    return open;
  }

  SimRuntime runtime() {
    return runtime;
  }

  Fleet.Shape shape() {
    return shape;
  }

  List<GpuId> devices() {
    return shape.devices();
  }

  /** What it asks for on each device: as measured with room to grow, or the first guess. */
  Bytes need() {
    Bytes capacity = world.fleet().capacity();
    return measured
        .map(bytes -> bytes.times(1.10).min(capacity.max(bytes)))
        .orElse(shape.firstNeed());
  }

  @Override
  public Optional<Bytes> servingMemoryPerGpu(ReplicaId replica) {
    return measured;
  }

  @Override
  public Optional<Fingerprint> fingerprint(ReplicaId replica) {
    return fingerprint;
  }

  @Override
  public void recordFingerprint(ReplicaId replica, Fingerprint answered) {
    fingerprint = Optional.of(answered);
  }

  @Override
  public void recordServingMemoryPerGpu(ReplicaId replica, Bytes bytes) {
    measured = Optional.of(bytes);
  }

  Instant lastActivity() {
    Life here = life;
    return here == null ? Instant.EPOCH : here.sidecar().lastActivity();
  }

  @Override
  public String toString() {
    return shape.replica().podName();
  }
}
