package ai.greenthread.scheduling.policy;

import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.simulation.PolicyOracle;
import ai.greenthread.scheduling.simulation.TestedPolicy;
import java.util.ArrayList;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Small random fleets, each verdict held against all sets of victims there are. */
class PolicyAgainstBruteForceTest {
  private static final int CASES = 100_000;
  private static final long SEED = Long.getLong("seed", 20_261_122L);

  @ParameterizedTest
  @EnumSource
  void everyVerdictIsWhatTheRuleSays(TestedPolicy tested) {
    var random = new SplittableRandom(SEED);
    var complaints = new ArrayList<String>();
    var policy = new PolicyOracle(tested.fresh(), tested.rule(), complaints::add);
    Map<String, Integer> verdicts = new TreeMap<>();
    int severalVictims = 0;

    for (int i = 0; i < CASES; i++) {
      int devices = 1 + random.nextInt(3);
      int[] all = IntStream.range(0, devices).toArray();
      var waiter =
          new Waiter(
              new Ticket(at(random.nextInt(100)), replica("w")),
              gib(1 + random.nextInt(84)),
              seconds(random.nextInt(20)));
      Verdict verdict = policy.decide(draw(random, all).on(all), waiter, at(100));
      verdicts.merge(verdict.getClass().getSimpleName(), 1, Integer::sum);
      if (verdict instanceof Verdict.Preempt preempt && preempt.victims().size() > 1) {
        severalVictims++;
      }
    }

    System.out.printf(
        "policy: %s, seed %d, %d cases, %s, %d with several victims%n",
        tested, SEED, CASES, verdicts, severalVictims);
    assertThat(complaints).as("seed %d", SEED).isEmpty();
    assertThat(verdicts.keySet()).containsExactly("Never", "Preempt", "WaitUntil", "WakeNow");
    assertThat(severalVictims).isGreaterThan(CASES / 1_000);
  }

  private static Snapshot draw(SplittableRandom random, int[] all) {
    var snapshot = new Snapshot(all.length);
    for (int m = 0; m < random.nextInt(6); m++) {
      String name = "m" + m;
      int[] on = IntStream.of(all).filter(_ -> random.nextInt(3) > 0).toArray();
      int size = 1 + random.nextInt(45);
      snapshot.idle(random.nextInt(3) == 0).switchCost(random.nextInt(4));
      switch (random.nextInt(12)) {
        case 0 -> snapshot.popular(name, size, on);
        case 1 -> snapshot.in(OccupantState.WAKING, name, size, 0, on);
        case 2 -> snapshot.in(OccupantState.DRAINING, name, size, random.nextInt(3), on);
        case 3, 4 -> snapshot.asleep(name, random.nextInt(4), on);
        case 5 -> snapshot.servingSince(name, size, 85 + random.nextInt(15), on);
        case 6 -> snapshot.waits(name, random.nextInt(100), size, on).asleep(name, 1, on);
        case 7 -> snapshot.ready(name, random.nextInt(100), size, on).asleep(name, 1, on);
        default -> snapshot.serving(name, size, random.nextInt(100), on);
      }
    }
    if (random.nextInt(4) == 0) {
      snapshot.locked("m" + random.nextInt(6), 90 + random.nextInt(20), all[0]);
    }
    if (random.nextInt(4) == 0) {
      snapshot.asked("w", 50, 10, "m" + random.nextInt(6), all);
    }
    return snapshot;
  }
}
