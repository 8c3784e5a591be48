package ai.greenthread.http.sidecar;

import ai.greenthread.http.relay.Answer;
import ai.greenthread.http.relay.Cancellation;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.scheduling.gate.Pass;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.gate.Visitor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A request that waits for its model. Its own thread waits here and keeps the client's connection
 * alive; the gate's writer calls. Who comes first, the pass or the client's leaving, decides.
 */
final class ParkedRequest implements Visitor {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition decided = lock.newCondition();
  private @Nullable Verdict verdict;

  /** How the waiting ended. */
  sealed interface Verdict {
    record Granted(Pass pass) implements Verdict {}

    record Denied(Refusal refusal) implements Verdict {}

    /** The client left, or the server stops: nobody waits any more. */
    record GivenUp() implements Verdict {}
  }

  @Override
  public boolean granted(Pass pass) {
    return decide(new Verdict.Granted(pass));
  }

  @Override
  public void refused(Refusal refusal) {
    decide(new Verdict.Denied(refusal));
  }

  private boolean decide(Verdict found) {
    lock.lock();
    try {
      if (verdict != null) {
        return false;
      }
      verdict = found;
      decided.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the verdict.
   *
   * @param onLeave tells the gate that the request is gone
   */
  Verdict await(Answer answer, Cancellation cancellation, Runnable onLeave)
      throws InterruptedException {
    cancellation.bind(() -> giveUp(onLeave));
    try {
      while (true) {
        Verdict found = awaitFor(answer.pauseMillis());
        if (found != null) {
          return found;
        }
        answer.onSilence();
      }
    } catch (ClientGoneException e) {
      giveUp(onLeave);
      return awaitDecided();
    } finally {
      cancellation.unbind();
    }
  }

  private void giveUp(Runnable onLeave) {
    if (decide(new Verdict.GivenUp())) {
      onLeave.run();
    }
  }

  private @Nullable Verdict awaitFor(int millis) throws InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (verdict == null && left > 0) {
        left = decided.awaitNanos(left);
      }
      return verdict;
    } finally {
      lock.unlock();
    }
  }

  private Verdict awaitDecided() throws InterruptedException {
    Verdict found = null;
    while (found == null) {
      found = awaitFor(Integer.MAX_VALUE);
    }
    return found;
  }
}
