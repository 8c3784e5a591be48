package ai.greenthread.scheduling.simulation;

import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.sidecar.EffectRunner;
import ai.greenthread.scheduling.sidecar.Procedures;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs the product's procedures in virtual time, ordered as its {@code ProcedureRunner} orders
 * them; answers get lost, late and doubled on the way back.
 */
final class SimEffects implements EffectRunner {
  private final World world;
  private final String name;
  private final Procedures procedures;
  private final UnaryOperator<Event> sabotage;
  private final Lane server = new Lane();
  private final Lane ledger = new Lane();
  private final Set<Fibers.Fiber> reports = new LinkedHashSet<>();
  private final Set<Long> wakes = new HashSet<>();
  private int answers;
  private boolean dead;

  SimEffects(World world, String name, Procedures procedures, UnaryOperator<Event> sabotage) {
    this.world = world;
    this.name = name;
    this.procedures = procedures;
    this.sabotage = sabotage;
  }

  @Override
  public void run(Effect.Remote effect, Consumer<Event> reply) {
    world.coverage().count("effect " + effect.getClass().getSimpleName());
    var job = new Job(effect, reply);
    switch (effect) {
      case Effect.Reconcile _, Effect.Wake _, Effect.Sleep _, Effect.Stop _ -> server.run(job);
      case Effect.Acquire _, Effect.Release _, Effect.Withdraw _, Effect.EnterAgain _ ->
          ledger.run(job);
      case Effect.MarkDraining _, Effect.Touch _ -> {
        Fibers.Fiber[] fiber = new Fibers.Fiber[1];
        fiber[0] =
            world
                .fibers()
                .start(delay(), label(effect), () -> perform(job), () -> reports.remove(fiber[0]));
        reports.add(fiber[0]);
      }
    }
  }

  private record Job(Effect.Remote effect, Consumer<Event> reply) {}

  /** Nothing is being done and nothing will be, until the next effect. */
  boolean isIdle() {
    return server.isIdle() && ledger.isIdle() && reports.isEmpty() && answers == 0;
  }

  /**
   * The process dies.
   *
   * @param zombies what it asked the ledger is still on its way
   */
  void die(boolean zombies) {
    dead = true;
    server.die();
    if (!zombies) {
      ledger.die();
      List.copyOf(reports).forEach(Fibers.Fiber::kill);
      reports.clear();
    }
  }

  /** No way leads to its server any more. */
  void cutOff() {
    server.die();
  }

  private long delay() {
    return world.between(1_000, world.random().nextInt(20) == 0 ? 20_000_000 : 200_000);
  }

  private Object label(Effect.Remote effect) {
    return new Object() {
      @Override
      public String toString() {
        return name + " " + effect;
      }
    };
  }

  private void perform(Job job) {
    try {
      if (job.effect instanceof Effect.Wake wake) {
        world.require(wakes.add(wake.generation()), () -> "S5: second " + wake + " of " + name);
      }
      procedures.perform(job.effect).ifPresent(event -> send(event, job.reply));
    } catch (InterruptedException _) {
      // A newer one has taken over; it answers.
      return;
    }
  }

  private void send(Event event, Consumer<Event> reply) {
    if (world.faults().strikes(Fault.REPLY_LOST)) {
      return;
    }
    boolean late = world.faults().strikes(Fault.REPLY_LATE);
    long latest = world.random().nextBoolean() ? 60_000_000_000L : 12_000_000_000L;
    deliver(event, reply, late ? world.between(0, latest) : delay());
    if (world.faults().strikes(Fault.REPLY_TWICE)) {
      deliver(event, reply, world.between(0, 30_000_000_000L));
    }
  }

  private void deliver(Event event, Consumer<Event> reply, long delay) {
    answers++;
    world
        .time()
        .after(
            delay,
            "is answered",
            name,
            () -> {
              answers--;
              if (!dead) {
                reply.accept(sabotage.apply(event));
              }
            });
  }

  /** One at a time; a newer one interrupts the older and begins when that has ended. */
  private final class Lane {
    private @Nullable Job newest;
    private Fibers.@Nullable Fiber working;
    private String doing = "";
    private boolean closed;

    void run(Job job) {
      newest = job;
      if (working != null) {
        world.coverage().count("interrupted " + doing);
        working.interrupt();
      } else {
        begin();
      }
    }

    private void begin() {
      Job job = newest;
      if (job != null && !closed) {
        newest = null;
        doing = job.effect.getClass().getSimpleName();
        working = world.fibers().start(delay(), label(job.effect), () -> perform(job), this::ended);
      }
    }

    private void ended() {
      working = null;
      begin();
    }

    boolean isIdle() {
      return working == null && newest == null;
    }

    void die() {
      closed = true;
      newest = null;
      if (working != null) {
        working.kill();
        working = null;
      }
    }
  }
}
