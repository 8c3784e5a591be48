package ai.greenthread.scheduling.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Blocking code in virtual time. Each fiber is a thread, but exactly one thread of the simulation
 * works at any moment: a fiber runs from where it is resumed to where it next waits, and hands the
 * turn back. So the procedures of the product run unchanged and the outcome depends on the seed
 * only.
 */
final class Fibers {
  private final VirtualTime time;
  private final Set<Fiber> alive = new HashSet<>();
  private @Nullable Fiber current;
  private @Nullable Throwable failure;

  Fibers(VirtualTime time) {
    this.time = time;
  }

  /** Ends a fiber wherever it waits; nobody catches this. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed", null, false, false);
    }
  }

  /** One thread of the simulated product. */
  final class Fiber {
    private final Object name;
    private final Runnable onEnd;
    private final Thread thread;
    private volatile boolean itsTurn;
    private volatile @Nullable Thread resumer;
    private VirtualTime.@Nullable Appointment wakeUp;
    private boolean waitsInterruptibly;
    private boolean interrupted;
    private boolean killed;
    private boolean ended;

    private Fiber(Object name, Runnable body, Runnable onEnd) {
      this.name = name;
      this.onEnd = onEnd;
      this.thread = Thread.ofVirtual().unstarted(() -> live(body));
    }

    private void live(Runnable body) {
      try {
        if (!killed) {
          body.run();
        }
      } catch (Killed _) {
        ended = true;
      } catch (Throwable e) {
        failure = failure == null ? e : failure;
      }
      ended = true;
      alive.remove(this);
      if (!killed) {
        try {
          onEnd.run();
        } catch (Throwable e) {
          failure = failure == null ? e : failure;
        }
      }
      handBack();
    }

    private void handBack() {
      Thread back = resumer;
      itsTurn = false;
      LockSupport.unpark(back);
    }

    /** Like {@link Thread#interrupt}. */
    void interrupt() {
      interrupted = true;
      if (waitsInterruptibly && wakeUp != null) {
        wakeUp.cancel();
        wakeUp = time.after(0, "interrupted", name, this::resume);
      }
    }

    /** It never does anything again. */
    void kill() {
      if (!ended) {
        killed = true;
        if (wakeUp != null) {
          wakeUp.cancel();
        }
        resume();
      }
    }

    boolean ended() {
      return ended;
    }

    private void resume() {
      Fiber before = current;
      current = this;
      resumer = Thread.currentThread();
      itsTurn = true;
      if (thread.getState() == Thread.State.NEW) {
        thread.start();
      } else {
        LockSupport.unpark(thread);
      }
      while (itsTurn) {
        LockSupport.park(this);
      }
      current = before;
      Throwable thrown = failure;
      if (thrown != null && before == null) {
        failure = null;
        throw thrown instanceof Error error ? error : new AssertionError(thrown);
      }
    }

    private void waitFor(long nanos) {
      wakeUp = time.after(nanos, "goes on", name, this::resume);
      handBackAndWait();
      wakeUp = null;
    }

    private void handBackAndWait() {
      handBack();
      while (!itsTurn) {
        LockSupport.park(this);
      }
      if (killed) {
        throw new Killed();
      }
    }
  }

  /** Begins a fiber shortly; {@code onEnd} runs when it has ended by itself. */
  Fiber start(long delay, Object name, Runnable body, Runnable onEnd) {
    var fiber = new Fiber(name, body, onEnd);
    alive.add(fiber);
    fiber.wakeUp = time.after(delay, "begins", name, fiber::resume);
    return fiber;
  }

  /** Waits in the current fiber; an interrupt ends the wait as it does for threads. */
  void sleep(long nanos) throws InterruptedException {
    Fiber fiber = working();
    if (!fiber.interrupted) {
      fiber.waitsInterruptibly = true;
      try {
        fiber.waitFor(nanos);
      } finally {
        fiber.waitsInterruptibly = false;
      }
    }
    if (fiber.interrupted) {
      fiber.interrupted = false;
      throw new InterruptedException();
    }
  }

  /** Ends all that still wait, so that no thread outlives the simulation. */
  void killAll() {
    List.copyOf(new ArrayList<>(alive)).forEach(Fiber::kill);
  }

  private Fiber working() {
    Fiber fiber = current;
    if (fiber == null) {
      throw new IllegalStateException("only a fiber can wait");
    }
    return fiber;
  }
}
