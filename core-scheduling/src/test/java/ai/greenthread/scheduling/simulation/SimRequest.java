package ai.greenthread.scheduling.simulation;

import ai.greenthread.scheduling.gate.Pass;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.gate.Visitor;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.Entry;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One client's request and what became of it. It draws lots of its own, because requests that are
 * cut together are cut in no particular order.
 */
final class SimRequest implements Visitor {
  private final long number;
  private final SimReplica replica;
  private final World world;
  private final SplittableRandom random;
  private final long arrived;
  private SimReplica.@Nullable Life life;
  private @Nullable Pass pass;
  private Stage stage = Stage.NEW;
  private @Nullable End end;
  private boolean hangs;

  private enum Stage {
    NEW,
    PARKED,
    RUNNING,
    ENDED
  }

  /** How a request ended; each ends in exactly one way. */
  enum End {
    ANSWERED,
    REFUSED,
    CANCELLED,
    CUT,
    BROKEN,
    ENGINE_GONE
  }

  SimRequest(long number, SimReplica replica, World world) {
    this.number = number;
    this.replica = replica;
    this.world = world;
    this.random = new SplittableRandom(world.random().nextLong());
    this.arrived = world.time().nanos();
  }

  /** Knocks at the door. */
  void arrive(SimReplica.Life now) {
    life = now;
    switch (now.sidecar().enter(this)) {
      case Entry.Passed(Pass given) -> run(given);
      case Entry.Parked parked -> {
        require(stage == Stage.NEW, () -> "parked although " + stage);
        stage = Stage.PARKED;
        if (random.nextInt(5) == 0) {
          after(random.nextLong(20_000_000_000L), "leaves", () -> leave(parked));
        }
      }
      case Entry.Refused(Refusal refusal) -> refused(refusal);
    }
  }

  private void leave(Entry.Parked parked) {
    if (stage == Stage.PARKED) {
      end(End.CANCELLED);
      parked.leave();
    }
  }

  @Override
  public boolean granted(Pass given) {
    if (hasLeft()) {
      world.coverage().count("granted to nobody");
      return false;
    }
    require(stage == Stage.PARKED, () -> "granted although " + stage);
    run(given);
    return true;
  }

  @Override
  public void refused(Refusal refusal) {
    world.coverage().count("refused " + refusal.cause());
    if (hasLeft()) {
      return;
    }
    require(stage == Stage.NEW || stage == Stage.PARKED, () -> "refused although " + stage);
    end(End.REFUSED);
  }

  /** Its client is away, which a sidecar that was cut off from it hears late or never. */
  private boolean hasLeft() {
    return stage == Stage.ENDED && (end == End.CANCELLED || end == End.ENGINE_GONE);
  }

  private void run(Pass given) {
    SimReplica.Life here = life();
    stage = Stage.RUNNING;
    pass = given;
    here.running().add(this);
    State state = here.sidecar().status().state();
    require(
        state instanceof State.Serving && state.generation() == given.generation(),
        () -> "(S3) passed with " + given.generation() + " while " + state);
    here.requireServingInLedger(given.generation());
    given.onCut(this::cut);
    long mean = replica.shape().answer().toNanos();
    long takes = (long) (-Math.log(1 - random.nextDouble()) * mean) + 1_000_000;
    boolean leaves = random.nextInt(12) == 0;
    after(
        leaves ? takes / 2 : takes, leaves ? "is abandoned" : "is answered", () -> finish(leaves));
    replica.runtime().begin(this);
  }

  private void finish(boolean left) {
    if (stage == Stage.RUNNING && (left || !hangs)) {
      replica.runtime().end(this);
      end(left ? End.CANCELLED : End.ANSWERED);
      after(random.nextLong(1, 1_000_000), "gives its pass back", this::closePass);
    }
  }

  private void cut() {
    if (stage == Stage.RUNNING) {
      replica.runtime().end(this);
      end(End.CUT);
      boolean stuck = world.faults().isOn(Fault.PASS_STUCK) && random.nextInt(4) == 0;
      if (stuck) {
        world.coverage().count("fault PASS_STUCK");
      }
      long late = stuck ? 20_000_000_000L : 500_000_000;
      after(random.nextLong(1, late), "gives its pass back", this::closePass);
    }
  }

  /** The server has gone under it and it does not notice: only a cut ends it. */
  void hang() {
    hangs = true;
  }

  /** The server has gone under it. */
  void broken() {
    if (stage == Stage.RUNNING) {
      replica.runtime().end(this);
      end(End.BROKEN);
      after(random.nextLong(1, 50_000_000), "gives its pass back", this::closePass);
    }
  }

  /** The sidecar has gone, and with it the connection. */
  void engineGone() {
    if (stage != Stage.ENDED) {
      replica.runtime().end(this);
      end(End.ENGINE_GONE);
    }
  }

  private void closePass() {
    Pass held = pass;
    if (held != null && !life().isDead()) {
      life().running().remove(this);
      held.close();
    }
  }

  private void end(End how) {
    require(stage != Stage.ENDED, () -> "ended as " + end + " and again as " + how);
    stage = Stage.ENDED;
    end = how;
    world.coverage().count("request " + how);
    replica.ended(this);
  }

  private SimReplica.Life life() {
    SimReplica.Life here = life;
    if (here == null) {
      throw new IllegalStateException("it has not arrived");
    }
    return here;
  }

  private void require(boolean holds, Supplier<String> complaint) {
    world.require(holds, () -> "S1: " + this + " " + complaint.get());
  }

  private void after(long delay, String what, Runnable action) {
    world.time().after(delay, what, this, action);
  }

  boolean isParked() {
    return stage == Stage.PARKED;
  }

  /** It is at the server now. */
  boolean isRunning() {
    return stage == Stage.RUNNING && !hangs;
  }

  long generation() {
    Pass held = pass;
    return held == null ? -1 : held.generation();
  }

  /** Its deadline may pass although all goes well. */
  boolean deadlineIsShort() {
    return replica.shape().settings().requestTimeout().compareTo(Duration.ofHours(1)) < 0;
  }

  long arrived() {
    return arrived;
  }

  @Nullable End end() {
    return end;
  }

  @Override
  public String toString() {
    return "request " + number + " to " + replica;
  }
}
