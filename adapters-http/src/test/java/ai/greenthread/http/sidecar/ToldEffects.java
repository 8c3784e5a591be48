package ai.greenthread.http.sidecar;

import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.sidecar.EffectRunner;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The world as a test wants it: boots, wakes and sleeps when the test says so. */
final class ToldEffects implements EffectRunner {
  /** Completed by the test when the replica may boot. */
  final CompletableFuture<Boolean> boot = new CompletableFuture<>();

  /** Answers whether there will ever be room. */
  volatile boolean fits = true;

  /** Completed by the test with whether the wake succeeds. */
  volatile CompletableFuture<Boolean> wake = CompletableFuture.completedFuture(true);

  private final AtomicInteger wakes = new AtomicInteger();

  /** Wakes begun. */
  int wakes() {
    return wakes.get();
  }

  @Override
  public void run(Effect.Remote effect, Consumer<Event> reply) {
    long generation = effect.generation();
    switch (effect) {
      case Effect.Reconcile _ ->
          answer(boot, _ -> reply.accept(new Event.Reconciled(generation, 1, false)));
      case Effect.Acquire _ ->
          reply.accept(
              fits
                  ? new Event.Claimed(generation, false)
                  : new Event.NeverFits(generation, "it is larger than every device"));
      case Effect.Wake _ -> {
        wakes.incrementAndGet();
        answer(
            wake,
            worked ->
                reply.accept(
                    worked
                        ? new Event.WakeVerified(generation)
                        : new Event.WakeFailed(generation, "told to fail")));
      }
      case Effect.Sleep _ -> reply.accept(new Event.SleepVerified(generation, Map.of(), false));
      case Effect.Stop _ -> reply.accept(new Event.StopVerified(generation, Map.of()));
      case Effect.Release _, Effect.Withdraw _ -> reply.accept(new Event.Released(generation));
      case Effect.MarkDraining _, Effect.EnterAgain _, Effect.Touch _ -> {}
    }
  }

  /** What goes wrong in the answer comes to light when the test waits in vain. */
  private static void answer(CompletableFuture<Boolean> told, Consumer<Boolean> answer) {
    var _ = told.thenAccept(answer);
  }
}
