package ai.greenthread.scheduling.gate;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A request's stay behind the barrier. It may be used from several threads: one works, another
 * cuts.
 */
public final class Pass implements AutoCloseable {
  private final RequestGate gate;
  private final long generation;
  private final AtomicReference<@Nullable Runnable> onCut = new AtomicReference<>(Pass::nothing);
  private final AtomicReference<@Nullable RequestGate> open;
  private volatile String cutReason = "";

  Pass(RequestGate gate, long generation) {
    this.gate = gate;
    this.generation = generation;
    this.open = new AtomicReference<>(gate);
  }

  /** The wake that this pass belongs to; a request is sent to no other. */
  public long generation() {
    return generation;
  }

  /**
   * Says how to end the request early. Called at most once, and at once if the request has been cut
   * already; must not block.
   */
  public void onCut(Runnable action) {
    Runnable before = onCut.getAndUpdate(present -> present == null ? null : action);
    if (before == null) {
      action.run();
    }
  }

  /** Why the request was cut; empty while it was not. */
  public String cutReason() {
    return cutReason;
  }

  private static void nothing() {}

  void cut(String reason) {
    cutReason = reason;
    Runnable action = onCut.getAndSet(null);
    if (action != null) {
      action.run();
    }
  }

  /** The request has ended; further calls change nothing. */
  @Override
  public void close() {
    if (open.getAndSet(null) != null) {
      gate.leave(this);
    }
  }
}
