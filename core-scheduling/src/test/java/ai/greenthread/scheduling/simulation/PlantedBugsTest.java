package ai.greenthread.scheduling.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import ai.greenthread.scheduling.policy.WakePolicy;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A simulation that finds nothing proves something only if it finds what is there: each known bug,
 * planted in each policy's runs, has to be found within a minute, by the invariant that it breaks.
 */
class PlantedBugsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long FIRST_SEED = Long.getLong("simulation.seed", 1);

  static Stream<Arguments> plantings() {
    return Arrays.stream(TestedPolicy.values())
        .flatMap(
            policy -> Arrays.stream(PlantedBug.values()).map(bug -> Arguments.of(bug, policy)));
  }

  static Stream<Arguments> badVerdicts() {
    return plantings()
        .filter(planting ->
            planting.get()[0] == PlantedBug.EVICT_LOOP
                || (planting.get()[0] == PlantedBug.STARVING_BACKFILL
                    && planting.get()[1] == TestedPolicy.DOCUMENTED));
  }

  @ParameterizedTest
  @MethodSource("plantings")
  void isFoundWithinAMinute(PlantedBug bug, TestedPolicy policy) {
    Simulation.Violation violation = find(bug, bug, policy);
    assertThat(bug.noticedBy()).as(violation.getMessage()).contains(violation.invariant());
  }

  @ParameterizedTest
  @MethodSource("badVerdicts")
  void itsFirstBadVerdictIsComplainedOf(PlantedBug bug, TestedPolicy policy) {
    var judged =
        new Sabotage() {
          @Override
          public WakePolicy policy(WakePolicy honest) {
            return bug.policy(honest);
          }
        };
    assertThat(find(bug, judged, policy)).hasMessageContaining(" was told ");
  }

  private static Simulation.Violation find(PlantedBug bug, Sabotage planted, TestedPolicy policy) {
    long began = System.nanoTime();
    long events = 0;
    for (long seed = FIRST_SEED; ; seed++) {
      if ((System.nanoTime() - began) / 1e9 > PATIENCE.toSeconds()) {
        fail("%s is not found under %s in %,d events of %d runs", bug, policy, events, seed - 1);
      }
      try {
        events += Simulation.run(new Simulation.Run(seed, policy, planted), _ -> {}).events();
      } catch (Simulation.Violation violation) {
        System.out.printf(
            Locale.ROOT,
            "planted: %s under %s is found by %s%s in run %d, after %,d events and %.1f s%n",
            bug,
            policy,
            violation.invariant(),
            planted.blind() || planted == bug ? "" : " of its verdict",
            seed - FIRST_SEED + 1,
            events + violation.events(),
            (System.nanoTime() - began) / 1e9);
        return violation;
      }
    }
  }
}
