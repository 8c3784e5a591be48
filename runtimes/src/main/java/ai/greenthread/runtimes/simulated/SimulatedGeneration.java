package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.surface.ApiError;
import ai.greenthread.runtimes.surface.FinishReason;
import ai.greenthread.runtimes.surface.Generation;
import ai.greenthread.runtimes.surface.GenerationRequest;
import ai.greenthread.runtimes.surface.Turns;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One simulated answer. It needs no thread of its own: whoever asks for the next token waits as
 * long as it takes.
 */
final class SimulatedGeneration implements Generation {

  /** What the engine decides for its answers. */
  interface Pace {
    /** Called once the request's turn has come. */
    Plan plan(GenerationRequest request);

    Duration nextToken();

    /** True while no answer may go on. Must not lock. */
    boolean frozen();

    void ended(SimulatedGeneration generation);
  }

  /**
   * The answer and what goes wrong with it.
   *
   * @param firstToken time before it
   * @param cutAfter breaks the connection after so many tokens
   * @param errorAfter fails after so many tokens
   */
  record Plan(
      List<String> tokens,
      boolean natural,
      Duration firstToken,
      Optional<Integer> cutAfter,
      Optional<Integer> errorAfter) {}

  private final GenerationRequest request;
  private final Turns.Turn turn;
  private final Pace pace;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final long enteredAt = System.nanoTime();
  private Optional<Plan> plan = Optional.empty();
  private Optional<Chunk> ending = Optional.empty();
  private int produced;
  private volatile long queuedNanos;
  private volatile boolean started;

  SimulatedGeneration(GenerationRequest request, Turns.Turn turn, Pace pace) {
    this.request = request;
    this.turn = turn;
    this.pace = pace;
  }

  /** Tokens that this answer keeps in the KV cache. */
  int cachedTokens() {
    return started ? request.promptTokens() + produced : 0;
  }

  @Override
  public Chunk next() throws InterruptedException {
    Chunk chunk = compute();
    if (!(chunk instanceof Text)) {
      turn.leave();
      pace.ended(this);
    }
    return chunk;
  }

  private Chunk compute() throws InterruptedException {
    if (!turn.await()) {
      return ending.orElse(new End(FinishReason.ABORT));
    }
    if (plan.isEmpty()) {
      queuedNanos = System.nanoTime() - enteredAt;
      started = true;
      plan = Optional.of(pace.plan(request));
    }
    Plan now = plan.get();
    pause(produced == 0 ? now.firstToken() : pace.nextToken());
    lock.lock();
    try {
      if (ending.isPresent()) {
        return ending.get();
      }
    } finally {
      lock.unlock();
    }
    if (now.cutAfter().filter(at -> produced >= at).isPresent()) {
      return new Cut();
    }
    if (now.errorAfter().filter(at -> produced >= at).isPresent()) {
      return new Failed(ApiError.of(500, "Internal server error (simulated)."));
    }
    if (produced == now.tokens().size()) {
      return new End(now.natural() ? FinishReason.STOP : FinishReason.LENGTH);
    }
    return new Text(now.tokens().get(produced++), 1);
  }

  /** Waits for so long, and on while tokens are frozen; the end of the answer ends the wait. */
  private void pause(Duration time) throws InterruptedException {
    lock.lock();
    try {
      long left = time.toNanos();
      while (ending.isEmpty() && left > 0) {
        left = changed.awaitNanos(left);
      }
      while (ending.isEmpty() && pace.frozen()) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Looks again whether tokens are frozen. */
  void thawed() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void cancel() {
    end(new End(FinishReason.ABORT));
  }

  /** Ends the answer from outside, with the first reason given. */
  void end(Chunk reason) {
    lock.lock();
    try {
      if (ending.isEmpty()) {
        ending = Optional.of(reason);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    turn.leaveIfWaiting();
  }

  @Override
  public boolean started() {
    return turn.granted();
  }

  @Override
  public long queuedNanos() {
    return queuedNanos;
  }
}
