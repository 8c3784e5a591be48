package ai.greenthread.scheduling.sidecar;

import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@link Procedures} on an executor that gives every task a thread of its own. Transitions of
 * the server exclude each other, and so do questions to the ledger: a newer one interrupts the
 * older and begins when that has ended. Reports run beside them.
 */
public final class ProcedureRunner implements EffectRunner {
  private final Procedures procedures;
  private final Executor threads;
  private final Consumer<Throwable> onBug;
  private final Lane server = new Lane();
  private final Lane ledger = new Lane();

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
      case Effect.Reconcile _, Effect.Wake _, Effect.Sleep _, Effect.Stop _ ->
          server.run(() -> perform(effect, reply));
      case Effect.Acquire _, Effect.Release _, Effect.Withdraw _, Effect.EnterAgain _ ->
          ledger.run(() -> perform(effect, reply));
      case Effect.MarkDraining _, Effect.Touch _ -> threads.execute(() -> perform(effect, reply));
    }
  }

  private void perform(Effect.Remote effect, Consumer<Event> reply) {
    try {
      procedures.perform(effect).ifPresent(reply);
    } catch (InterruptedException _) {
      // A newer effect has taken over; it answers.
      return;
    } catch (RuntimeException | Error e) {
      onBug.accept(e);
      procedures.failed(effect, "an internal error; the log tells more").ifPresent(reply);
    }
  }

  /** One at a time; whoever comes last is the one that counts. */
  private final class Lane {
    private final Semaphore free = new Semaphore(1, true);
    private final AtomicReference<@Nullable Thread> working = new AtomicReference<>();
    private final AtomicLong newest = new AtomicLong();

    void run(Runnable work) {
      long turn = newest.incrementAndGet();
      Thread older = working.get();
      if (older != null) {
        older.interrupt();
      }
      threads.execute(() -> takeTurn(turn, work));
    }

    private void takeTurn(long turn, Runnable work) {
      try {
        free.acquire();
      } catch (InterruptedException _) {
        return;
      }
      working.set(Thread.currentThread());
      try {
        if (newest.get() == turn) {
          work.run();
        }
      } finally {
        working.set(null);
        free.release();
      }
    }
  }
}
