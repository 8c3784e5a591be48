package ai.greenthread.scheduling.simulation;

import org.junit.jupiter.api.Test;

/**
 * Runs one seed and prints every event: {@code ./mvnw -q -pl core-scheduling -am test
 * -Dtest=SimulationReplay -Dseed=N}. No test class by its name, so only that command runs it.
 */
class SimulationReplay {
  @Test
  void replay() {
    Simulation.Report report =
        Simulation.run(
            Long.getLong("seed", 1), Sabotage.NONE, line -> System.out.println(line.get()));
    System.out.println(report);
  }
}
