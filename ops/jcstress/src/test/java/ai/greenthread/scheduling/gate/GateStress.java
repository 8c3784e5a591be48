package ai.greenthread.scheduling.gate;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * The gate as requests and its one writer use it. The writer's mailbox is a queue that the writer,
 * and after both the arbiter, empties. What is not listed as acceptable fails.
 */
public final class GateStress {
  private GateStress() {}

  /** A gate, its mailbox, and what it told. */
  private static final class House {
    private final AtomicInteger drained = new AtomicInteger();
    private final AtomicInteger unused = new AtomicInteger();
    private final Queue<RequestGate.Parked> mailbox = new ConcurrentLinkedQueue<>();
    private final RequestGate gate;
    private int granted;

    House(int places) {
      gate =
          new RequestGate(
              InstantSource.fixed(Instant.EPOCH),
              places,
              Duration.ofMinutes(1),
              drained::incrementAndGet,
              unused::incrementAndGet);
    }

    House opened() {
      gate.open(1);
      return this;
    }

    /** As the door does it: pass, or take a place and tell the writer. */
    @Nullable Pass arrive() {
      Pass pass = gate.tryPass();
      if (pass == null) {
        reserve();
      }
      return pass;
    }

    boolean reserve() {
      Optional<RequestGate.Parked> place =
          gate.tryReserve(
              new Visitor() {
                @Override
                public boolean granted(Pass pass) {
                  granted++;
                  return true;
                }

                @Override
                public void refused(Refusal refusal) {
                  throw new IllegalStateException("nobody refuses here");
                }
              });
      place.ifPresent(mailbox::add);
      return place.isPresent();
    }

    /** The writer's turn. */
    void readMail() {
      for (RequestGate.Parked next = mailbox.poll(); next != null; next = mailbox.poll()) {
        gate.park(next);
      }
    }
  }

  private static int one(boolean yes) {
    return yes ? 1 : 0;
  }

  /** When the barrier goes up a request is in flight or in the queue: never both, never neither. */
  @JCStressTest
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "passed, and in flight")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "in the queue")
  @State
  public static class PassOrPark {
    private final House house = new House(4).opened();

    @Actor
    public void request(III_Result seen) {
      seen.r1 = one(house.arrive() != null);
    }

    @Actor
    public void writer() {
      house.gate.close();
      house.readMail();
    }

    @Arbiter
    public void after(III_Result seen) {
      house.readMail();
      seen.r2 = house.gate.parked();
      seen.r3 = house.gate.inFlight();
    }
  }

  /** Whoever begins to wait for an unused model sees that it is, or is told. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "seen")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "told")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both")
  @State
  public static class LeaveOrAwait {
    private final House house = new House(4).opened();
    private final @Nullable Pass pass = house.arrive();

    @Actor
    public void request() {
      if (pass != null) {
        pass.close();
      }
    }

    @Actor
    public void writer(II_Result seen) {
      house.gate.setAwaited(true);
      seen.r1 = one(house.gate.inFlight() == 0);
    }

    @Arbiter
    public void after(II_Result seen) {
      seen.r2 = house.unused.get();
    }
  }

  /** When the gate opens a request gets in exactly once: by itself, or out of the queue. */
  @JCStressTest
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "by itself")
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "out of the queue")
  @State
  public static class PassOrBeReleased {
    private final House house = new House(4);

    @Actor
    public void request(III_Result seen) {
      seen.r1 = one(house.arrive() != null);
    }

    @Actor
    public void writer() {
      house.gate.open(1);
      house.readMail();
    }

    @Arbiter
    public void after(III_Result seen) {
      house.readMail();
      seen.r2 = house.granted;
      seen.r3 = house.gate.inFlight() + house.gate.queued();
    }
  }

  /** A drain is told exactly once, whether anybody came in before it or not. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "came, went, and it is told once")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "kept out, and it is told once")
  @State
  public static class ComeAndGoOrRaise {
    private final House house = new House(4).opened();

    @Actor
    public void request(II_Result seen) {
      Pass pass = house.arrive();
      seen.r1 = one(pass != null);
      if (pass != null) {
        pass.close();
      }
    }

    @Actor
    public void writer() {
      house.gate.close();
    }

    @Arbiter
    public void after(II_Result seen) {
      seen.r2 = house.drained.get();
    }
  }

  /** A writer that raises twice hears once that the drain has ended, not twice and not never. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "told once")
  @State
  public static class LeaveOrRaiseTwice {
    private final House house = new House(4).opened();
    private final @Nullable Pass pass = house.arrive();

    @Actor
    public void request() {
      if (pass != null) {
        pass.close();
      }
    }

    @Actor
    public void writer() {
      house.gate.close();
      house.gate.close();
    }

    @Arbiter
    public void after(I_Result seen) {
      seen.r1 = house.drained.get();
    }
  }

  /** Nobody is inside once the writer has seen the gate closed and empty, and puts to sleep. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "served before the sleep")
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "kept out, or the sleep waits")
  @State
  public static class ServeOrSleep {
    private final House house = new House(4).opened();
    private volatile boolean asleep;

    @Actor
    public void request(I_Result seen) {
      Pass pass = house.arrive();
      if (pass != null) {
        seen.r1 = asleep ? -1 : 1;
        pass.close();
      }
    }

    @Actor
    public void writer() {
      house.gate.close();
      if (house.gate.inFlight() == 0) {
        asleep = true;
      }
    }
  }

  /** What a request did before it left is seen by whoever sees the gate closed and empty. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "left, and its work is seen")
  @Outcome(id = "-1", expect = ACCEPTABLE, desc = "still in")
  @State
  public static class WorkIsSeenAfterTheDrain {
    private final House house = new House(4).opened();
    private final @Nullable Pass pass = house.arrive();
    private int work;

    @Actor
    public void request() {
      work = 1;
      if (pass != null) {
        pass.close();
      }
    }

    @Actor
    public void writer(I_Result seen) {
      house.gate.close();
      seen.r1 = house.gate.inFlight() == 0 ? work : -1;
    }
  }

  /** A cut reaches everybody who came in before the barrier went up, exactly once. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "came in and was cut")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "kept out")
  @State
  public static class EnterOrCut {
    private final House house = new House(4).opened();
    private final AtomicInteger cuts = new AtomicInteger();

    @Actor
    public void request(II_Result seen) {
      Pass pass = house.arrive();
      if (pass != null) {
        seen.r1 = 1;
        pass.onCut(cuts::incrementAndGet);
      }
    }

    @Actor
    public void writer() {
      house.gate.close();
      house.gate.cut("drain timeout");
    }

    @Arbiter
    public void after(II_Result seen) {
      seen.r2 = cuts.get();
    }
  }

  /** A pass that two threads give back, the one that works and the one that cuts, counts once. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "told once, and nobody is in")
  @State
  public static class GiveBackTwice {
    private final House house = new House(4).opened();
    private final @Nullable Pass pass = house.arrive();

    public GiveBackTwice() {
      house.gate.close();
    }

    @Actor
    public void worker() {
      giveBack();
    }

    @Actor
    public void cutter() {
      giveBack();
    }

    private void giveBack() {
      if (pass != null) {
        pass.close();
      }
    }

    @Arbiter
    public void after(II_Result seen) {
      seen.r1 = house.drained.get();
      seen.r2 = house.gate.inFlight();
    }
  }

  /** A pass belongs to the wake that opened the gate, never to the one before. */
  @JCStressTest
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "passed under the new wake")
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "came too early")
  @State
  public static class PassOfTheNewWake {
    private final House house = new House(4).opened();

    public PassOfTheNewWake() {
      house.gate.close();
    }

    @Actor
    public void request(I_Result seen) {
      Pass pass = house.gate.tryPass();
      seen.r1 = pass == null ? 0 : (int) pass.generation();
    }

    @Actor
    public void writer() {
      house.gate.open(2);
    }
  }

  /** The last place in the queue goes to one. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, 1", "0, 1, 1"},
      expect = ACCEPTABLE,
      desc = "one of them has it")
  @State
  public static class LastPlace {
    private final House house = new House(1);

    @Actor
    public void one(III_Result seen) {
      seen.r1 = GateStress.one(house.reserve());
    }

    @Actor
    public void other(III_Result seen) {
      seen.r2 = GateStress.one(house.reserve());
    }

    @Arbiter
    public void after(III_Result seen) {
      seen.r3 = house.gate.queued();
    }
  }
}
