package ai.greenthread.scheduling.lab;

import ai.greenthread.scheduling.policy.BoundedPolicy;
import ai.greenthread.scheduling.policy.DocumentedPolicy;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * What ours is compared with. Each is the published rule in its plainest form; two that are known
 * to break their own promises are repaired, which is said where it is done.
 */
public final class Rivals {
  private Rivals() {}

  /** A fresh one of each, as each keeps notes during a run. */
  public static List<Supplier<Strategy>> all() {
    return List.of(
        () -> new PolicyStrategy("bounded", new BoundedPolicy()),
        () -> new PolicyStrategy("documented", new DocumentedPolicy()),
        Rivals::reactiveFifo,
        Rivals::collation,
        Rivals::idleTtl,
        Rivals::ollama,
        Rivals::timeSlice,
        Rivals::costAware,
        Landlord::new,
        Rivals::deficitRoundRobin,
        Rivals::clairvoyant);
  }

  /** Switches at the first request for somebody else, whoever is being served. */
  static Strategy reactiveFifo() {
    return new Rival("reactive-fifo") {
      @Override
      double price(Board board, int victim, int waiter) {
        return board.lastUsed(victim);
      }
    };
  }

  /** First come, first served, but a model with requests in hand is never put to sleep. */
  static Strategy collation() {
    return new Rival("fifo-collation") {
      @Override
      double price(Board board, int victim, int waiter) {
        return isIdle(board, victim) ? board.lastUsed(victim) : NEVER;
      }
    };
  }

  /** Whoever was idle for a while may go, the least recently used first. */
  static Strategy idleTtl() {
    return new Rival("idle-ttl-lru") {
      private static final long TTL = 10_000_000;

      @Override
      double price(Board board, int victim, int waiter) {
        boolean idle = isIdle(board, victim) && board.now() - board.lastUsed(victim) >= TTL;
        return idle ? board.lastUsed(victim) : NEVER;
      }
    };
  }

  /** One load at a time; an idle victim whose keep-alive ends first; all wait behind the first. */
  static Strategy ollama() {
    return new Rival("ollama") {
      @Override
      double price(Board board, int victim, int waiter) {
        boolean loads = false;
        for (int device = 0; device < board.fleet().gpus().size(); device++) {
          loads |= board.isLoading(device);
        }
        return isIdle(board, victim) && !loads ? board.lastUsed(victim) : NEVER;
      }

      @Override
      boolean blocksBehindFirst() {
        return true;
      }
    };
  }

  /**
   * Never interrupts; the longest queue comes next. Repaired: after its staleness limit a waiter
   * takes its turn even from those that are busy, so that its own limit means something.
   */
  static Strategy timeSlice() {
    return new Rival("time-slice") {
      private static final double STALE_SECONDS = 15;

      @Override
      double price(Board board, int victim, int waiter) {
        boolean stale = waitedSeconds(board, waiter) >= STALE_SECONDS;
        if (isIdle(board, victim)) {
          return board.lastUsed(victim);
        }
        return stale ? 1e18 + board.servingSince(victim) : NEVER;
      }

      @Override
      Comparator<Integer> order(Board board) {
        return Comparator.comparingInt(
                (Integer waiter) -> waitedSeconds(board, waiter) < STALE_SECONDS ? 1 : 0)
            .thenComparingInt(waiter -> -board.parked(waiter));
      }
    };
  }

  /**
   * Weighs a switch against its cost: a stale waiter first; idle victims; else only after a window
   * as long as the switch, and for a queue that is worth it, gathered for two seconds.
   */
  static Strategy costAware() {
    return new Rival("cost-aware") {
      private static final double STALE_SECONDS = 15;
      private static final double GATHER_SECONDS = 2;

      @Override
      double price(Board board, int victim, int waiter) {
        double cost = board.fleet().loadSeconds(waiter);
        if (isIdle(board, victim)) {
          return board.lastUsed(victim);
        }
        boolean worthIt =
            servedSeconds(board, victim) >= cost
                && board.parked(waiter) >= Math.ceil(cost / 2)
                && waitedSeconds(board, waiter) >= GATHER_SECONDS;
        boolean stale = waitedSeconds(board, waiter) >= STALE_SECONDS;
        return worthIt || stale ? 1e18 + board.servingSince(victim) : NEVER;
      }
    };
  }

  /** Each serves for a quantum that is worth its load, then the longest waiter comes. */
  static Strategy deficitRoundRobin() {
    return new Rival("deficit-round-robin") {
      private static final double WORTH = 4;

      @Override
      double price(Board board, int victim, int waiter) {
        double quantum = WORTH * board.fleet().loadSeconds(victim);
        if (isIdle(board, victim)) {
          return board.lastUsed(victim);
        }
        return servedSeconds(board, victim) >= quantum ? 1e18 + board.servingSince(victim) : NEVER;
      }
    };
  }

  /** Knows when each model is asked for next, and keeps what is needed soonest and costs most. */
  static Strategy clairvoyant() {
    return new Rival("clairvoyant-greedy") {
      @Override
      double price(Board board, int victim, int waiter) {
        double gap = (board.nextArrival(victim) - board.now()) / 1e6;
        double worth = board.fleet().loadSeconds(victim) / size(board, victim);
        boolean served = isIdle(board, victim) || servedSeconds(board, victim) >= 1;
        return served ? -gap / worth : NEVER;
      }

      @Override
      public boolean isClairvoyant() {
        return true;
      }
    };
  }

  /**
   * GreedyDual by size: who was loaded or used has a credit of its load cost per byte; room is made
   * by whoever has least, and all others lose as much.
   */
  private static final class Landlord extends Rival {
    private double[] level = new double[0];
    private long[] usedAt = new long[0];
    private double inflation;

    Landlord() {
      super("landlord");
    }

    @Override
    double price(Board board, int victim, int waiter) {
      if (level.length == 0) {
        level = new double[board.fleet().models().size()];
        usedAt = new long[level.length];
        Arrays.fill(usedAt, -1);
      }
      if (usedAt[victim] != board.lastUsed(victim)) {
        usedAt[victim] = board.lastUsed(victim);
        level[victim] = inflation + board.fleet().loadSeconds(victim) / size(board, victim);
      }
      return isIdle(board, victim) || servedSeconds(board, victim) >= 1 ? level[victim] : NEVER;
    }

    @Override
    void evicted(Board board, int victim, double price) {
      inflation = Math.max(inflation, price);
    }
  }
}
