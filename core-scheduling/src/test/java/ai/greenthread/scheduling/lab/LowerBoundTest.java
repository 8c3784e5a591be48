package ai.greenthread.scheduling.lab;

import static ai.greenthread.scheduling.lab.Fleets.at;
import static ai.greenthread.scheduling.lab.Fleets.fairness;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Loads of a GiB cost a second; models need what they load. */
class LowerBoundTest {
  private static final int CASES = 400;
  private static final long SECOND = 1_000_000;

  @Test
  void everyModelIsLoadedOnceAtLeast() {
    LabFleet fleet = Fleets.of(1, 80, fairness(1, 1), 10, 20);
    assertThat(LowerBound.loadSeconds(List.of(at(0, 0, 1), at(1, 1, 1)), fleet, 0))
        .isCloseTo(30, within(1e-9));
    assertThat(LowerBound.loadSeconds(List.of(), fleet, 0)).isZero();
  }

  @Test
  void whatFitsSideBySideIsLoadedOnce() {
    LabFleet fleet = Fleets.of(1, 80, fairness(1, 1), 10, 20);
    List<Arrival> turns = List.of(at(0, 0, 1), at(1, 1, 1), at(2, 0, 1), at(3, 1, 1));
    assertThat(LowerBound.loadSeconds(turns, fleet, 0)).isCloseTo(30, within(1e-9));
  }

  @Test
  void whatExcludesEachOtherIsLoadedAgainUnlessItMayWait() {
    LabFleet fleet = Fleets.of(1, 20, fairness(1, 1), 20, 20);
    List<Arrival> turns = List.of(at(0, 0, 1), at(1, 1, 1), at(2, 0, 1), at(3, 1, 1));
    // Two gaps of two seconds want 80 GiB s of the 60 there are.
    assertThat(LowerBound.loadSeconds(turns, fleet, 0)).isCloseTo(50, within(1e-9));
    assertThat(LowerBound.loadSeconds(turns, fleet, 2 * SECOND)).isCloseTo(40, within(1e-9));
  }

  /** Against the best of all schedules, found by trying them. */
  @Test
  void noScheduleLoadsLess() {
    var random = new SplittableRandom(4);
    double ratios = 0;
    for (int i = 0; i < CASES; i++) {
      int models = 2 + random.nextInt(2);
      long[] sizes = random.longs(models, 1, 4).toArray();
      int capacity = 3 + random.nextInt(2);
      int wait = random.nextInt(4);
      var arrivals = new ArrayList<Arrival>();
      int time = 0;
      for (int r = 0; r < 7; r++) {
        time += random.nextInt(3);
        arrivals.add(at(time, random.nextInt(models), 1));
      }
      LabFleet fleet = Fleets.of(1, capacity, fairness(1, 1), sizes);
      double bound = LowerBound.loadSeconds(arrivals, fleet, wait * SECOND);
      int best = best(arrivals, sizes, capacity, wait);
      assertThat(bound).as("case %d", i).isLessThanOrEqualTo(best + 1e-9);
      ratios += bound / best;
    }
    System.out.printf(
        "lower bound: %d cases, %.3f of the best on average%n", CASES, ratios / CASES);
    assertThat(ratios / CASES).isGreaterThan(0.85);
  }

  private record Node(int time, int resident, int served, int cost) {}

  /** Cheapest way through (time, models in memory, requests served), a second a step. */
  private static int best(List<Arrival> arrivals, long[] sizes, int capacity, int wait) {
    int last = (int) (arrivals.getLast().micros() / SECOND) + wait;
    var queue = new PriorityQueue<Node>(java.util.Comparator.comparingInt(Node::cost));
    Map<List<Integer>, Integer> done = new HashMap<>();
    queue.add(new Node(0, 0, 0, 0));
    while (!queue.isEmpty()) {
      Node node = queue.remove();
      if (node.served() == (1 << arrivals.size()) - 1) {
        return node.cost();
      }
      var key = List.of(node.time(), node.resident(), node.served());
      Integer known = done.putIfAbsent(key, node.cost());
      if (known != null || node.time() > last) {
        continue;
      }
      moves(node, arrivals, sizes, capacity, wait, queue);
    }
    throw new AssertionError("no schedule serves all");
  }

  private static void moves(
      Node node,
      List<Arrival> arrivals,
      long[] sizes,
      int capacity,
      int wait,
      PriorityQueue<Node> queue) {
    int served = node.served();
    boolean late = false;
    for (int r = 0; r < arrivals.size(); r++) {
      long at = arrivals.get(r).micros() / SECOND;
      boolean resident = (node.resident() >> arrivals.get(r).model() & 1) == 1;
      if (resident && at <= node.time() && node.time() <= at + wait) {
        served |= 1 << r;
      }
      late |= node.time() > at + wait && (served >> r & 1) == 0;
    }
    if (late) {
      return;
    }
    queue.add(new Node(node.time() + 1, node.resident(), served, node.cost()));
    if (served != node.served()) {
      queue.add(new Node(node.time(), node.resident(), served, node.cost()));
    }
    for (int m = 0; m < sizes.length; m++) {
      if ((node.resident() >> m & 1) == 1) {
        queue.add(new Node(node.time(), node.resident() & ~(1 << m), served, node.cost()));
      } else if (taken(node.resident(), sizes) + sizes[m] <= capacity) {
        queue.add(
            new Node(node.time(), node.resident() | 1 << m, served, node.cost() + (int) sizes[m]));
      }
    }
  }

  private static long taken(int resident, long[] sizes) {
    long taken = 0;
    for (int m = 0; m < sizes.length; m++) {
      taken += (resident >> m & 1) == 1 ? sizes[m] : 0;
    }
    return taken;
  }
}
