package ai.greenthread.scheduling.sidecar;

import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@link Procedures} on an executor that gives every task a thread of its own. Transitions of
 * the server exclude each other: a newer one interrupts the older and begins when that has ended.
 * Questions and reports to the ledger run beside them.
 */
public final class ProcedureRunner implements EffectRunner {
  private final Procedures procedures;
  private final Executor threads;
  private final Consumer<Throwable> onBug;
  private final Semaphore server = new Semaphore(1, true);
  private final AtomicReference<@Nullable Thread> working = new AtomicReference<>();
  private final AtomicReference<Effect.@Nullable Remote> newest = new AtomicReference<>();

  /**
   * @param onBug hears of exceptions that no procedure expects; the effect then stays unanswered
   *     and its deadline mends it
   */
  public ProcedureRunner(Procedures procedures, Executor threads, Consumer<Throwable> onBug) {
    this.procedures = procedures;
    this.threads = threads;
    this.onBug = onBug;
  }

  @Override
  public void run(Effect.Remote effect, Consumer<Event> reply) {
    switch (effect) {
      case Effect.Reconcile _, Effect.Wake _, Effect.Sleep _, Effect.Stop _ -> {
        newest.set(effect);
        Thread older = working.get();
        if (older != null) {
          older.interrupt();
        }
        threads.execute(() -> transition(effect, reply));
      }
      case Effect.Acquire _,
          Effect.MarkDraining _,
          Effect.Release _,
          Effect.Withdraw _,
          Effect.Touch _ ->
          threads.execute(() -> perform(effect, reply));
    }
  }

  private void transition(Effect.Remote effect, Consumer<Event> reply) {
    try {
      server.acquire();
    } catch (InterruptedException _) {
      return;
    }
    working.set(Thread.currentThread());
    try {
      if (effect.equals(newest.get())) {
        perform(effect, reply);
      }
    } finally {
      working.set(null);
      server.release();
    }
  }

  private void perform(Effect.Remote effect, Consumer<Event> reply) {
    try {
      procedures.perform(effect).ifPresent(reply);
    } catch (InterruptedException _) {
      // A newer transition has taken over; it answers.
      return;
    } catch (RuntimeException | Error e) {
      onBug.accept(e);
    }
  }
}
