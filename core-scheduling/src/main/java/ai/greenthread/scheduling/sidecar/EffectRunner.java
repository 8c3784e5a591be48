package ai.greenthread.scheduling.sidecar;

import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import java.util.function.Consumer;

/**
 * Performs remote effects away from the writer. At most one of {@code Reconcile}, {@code Wake},
 * {@code Sleep} and {@code Stop} works at a time, and so does at most one of {@code Acquire},
 * {@code Release} and {@code Withdraw}: a newer one interrupts the older and waits for its end.
 */
@FunctionalInterface
public interface EffectRunner {
  /** Returns at once; {@code reply} is called at most once, by any thread, maybe never. */
  void run(Effect.Remote effect, Consumer<Event> reply);
}
