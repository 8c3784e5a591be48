package ai.greenthread.runtimes.builtin;

import ai.greenthread.runtimes.surface.FinishReason;
import ai.greenthread.runtimes.surface.Generation;
import ai.greenthread.runtimes.surface.Turns;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * One answer of the builtin engine. The request's thread waits here; the model works on a thread of
 * the engine's. Pieces are kept in between, at most as many as the context has tokens, so that a
 * slow reader does not hold up the next request.
 */
final class LlamaGeneration implements Generation {
  private final Turns.Turn turn;
  private final Consumer<LlamaGeneration> starter;
  private final BlockingQueue<Chunk> chunks = new LinkedBlockingQueue<>();
  private final AtomicBoolean begun = new AtomicBoolean();
  private final long enteredAt = System.nanoTime();
  private volatile long queuedNanos;
  private volatile boolean cancelled;

  /**
   * @param starter hands this generation to the model's thread, once its turn has come
   */
  LlamaGeneration(Turns.Turn turn, Consumer<LlamaGeneration> starter) {
    this.turn = turn;
    this.starter = starter;
  }

  @Override
  public Chunk next() throws InterruptedException {
    if (!begun.get() && turn.await() && begun.compareAndSet(false, true)) {
      queuedNanos = System.nanoTime() - enteredAt;
      starter.accept(this);
    }
    return chunks.take();
  }

  @Override
  public void cancel() {
    cancelled = true;
    if (begun.compareAndSet(false, true)) {
      finish(new End(FinishReason.ABORT));
    }
  }

  @Override
  public boolean started() {
    return turn.granted();
  }

  @Override
  public long queuedNanos() {
    return queuedNanos;
  }

  boolean cancelled() {
    return cancelled;
  }

  void piece(Text text) {
    chunks.add(text);
  }

  /** Gives the turn back and says how the answer ended. */
  void finish(Chunk last) {
    turn.leave();
    chunks.add(last);
  }
}
