package ai.greenthread.scheduling.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

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

  @ParameterizedTest
  @MethodSource("plantings")
  void isFoundWithinAMinute(PlantedBug bug, TestedPolicy policy) {
    long began = System.nanoTime();
    long events = 0;
    for (long seed = FIRST_SEED; ; seed++) {
      double seconds = (System.nanoTime() - began) / 1e9;
      if (seconds > PATIENCE.toSeconds()) {
        fail("%s is not found under %s in %,d events of %d runs", bug, policy, events, seed - 1);
      }
      try {
        events += Simulation.run(new Simulation.Run(seed, policy, bug), _ -> {}).events();
      } catch (Simulation.Violation violation) {
        System.out.printf(
            Locale.ROOT,
            "planted: %s under %s is found by %s in run %d, after %,d events and %.1f s%n",
            bug,
            policy,
            violation.invariant(),
            seed - FIRST_SEED + 1,
            events + violation.events(),
            (System.nanoTime() - began) / 1e9);
        assertThat(bug.noticedBy()).as(violation.getMessage()).contains(violation.invariant());
        return;
      }
    }
  }
}
