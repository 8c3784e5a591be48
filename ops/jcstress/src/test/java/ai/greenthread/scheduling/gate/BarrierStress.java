package ai.greenthread.scheduling.gate;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** The barrier's one word. What is not listed as acceptable fails. */
public final class BarrierStress {
  private BarrierStress() {}

  /** Whoever gets in is counted by the one who raises the barrier; nobody slips in behind it. */
  @JCStressTest
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "raised first: kept out")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "in first: the drain waits for it")
  @State
  public static class EnterOrRaise {
    private final Barrier barrier = new Barrier();

    public EnterOrRaise() {
      barrier.open();
    }

    @Actor
    public void request(III_Result seen) {
      seen.r1 = barrier.tryEnter() ? 1 : 0;
    }

    @Actor
    public void writer(III_Result seen) {
      seen.r2 = barrier.close();
    }

    @Arbiter
    public void after(III_Result seen) {
      seen.r3 = barrier.inFlight();
    }
  }

  /** The end of a drain is seen by exactly one: the one who raises, or the last who leaves. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "left first: empty when raised")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "raised first: the last one tells")
  @State
  public static class LeaveOrRaise {
    private final Barrier barrier = new Barrier();

    public LeaveOrRaise() {
      barrier.open();
      barrier.enterParked();
    }

    @Actor
    public void writer(II_Result seen) {
      seen.r1 = barrier.close() == 0 ? 1 : 0;
    }

    @Actor
    public void request(II_Result seen) {
      seen.r2 = barrier.leave() ? 1 : 0;
    }
  }

  /** Of two who leave a raised barrier exactly one is the last. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = "one of them is the last")
  @State
  public static class LeaveTogether {
    private final Barrier barrier = new Barrier();

    public LeaveTogether() {
      barrier.enterParked();
      barrier.enterParked();
    }

    @Actor
    public void one(II_Result seen) {
      seen.r1 = barrier.leave() ? 1 : 0;
    }

    @Actor
    public void other(II_Result seen) {
      seen.r2 = barrier.leave() ? 1 : 0;
    }
  }

  /** Raised twice is raised: both see whoever is in, and it stays counted. */
  @JCStressTest
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "both count it")
  @State
  public static class RaiseTwice {
    private final Barrier barrier = new Barrier();

    public RaiseTwice() {
      barrier.open();
      barrier.enterParked();
    }

    @Actor
    public void writer(III_Result seen) {
      seen.r1 = barrier.close();
    }

    @Actor
    public void again(III_Result seen) {
      seen.r2 = barrier.close();
    }

    @Arbiter
    public void after(III_Result seen) {
      seen.r3 = barrier.isOpen() ? -1 : barrier.inFlight();
    }
  }

  /**
   * Not ours: a barrier of two words, to see that the tool finds what is wrong with it. Whoever
   * looks, and is counted only after the barrier went up, is missed by the drain.
   */
  @JCStressTest
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "raised first: kept out")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "in first: the drain waits for it")
  @State
  public static class PlantedBarrierOfTwoWords {
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean open = true;

    @Actor
    public void request(III_Result seen) {
      if (open) {
        count.incrementAndGet();
        seen.r1 = 1;
      }
    }

    @Actor
    public void writer(III_Result seen) {
      open = false;
      seen.r2 = count.get();
    }

    @Arbiter
    public void after(III_Result seen) {
      seen.r3 = count.get();
    }
  }
}
