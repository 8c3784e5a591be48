package ai.greenthread.scheduling.simulation;

import org.junit.jupiter.api.Test;

/**
 * Runs one seed and prints every event: {@code ./mvnw -q -pl core-scheduling -am test
 * -Dtest=SimulationReplay -Dseed=N -Dpolicy=DOCUMENTED}, with {@code -Dbug=EVICT_LOOP} the way to a
 * planted bug. No test class by its name, so only that command runs it.
 */
class SimulationReplay {
  @Test
  void replay() {
    var policy = TestedPolicy.valueOf(System.getProperty("policy", "DOCUMENTED"));
    String bug = System.getProperty("bug", "");
    Sabotage sabotage = bug.isEmpty() ? Sabotage.NONE : PlantedBug.valueOf(bug);
    Simulation.Report report =
        Simulation.run(
            new Simulation.Run(Long.getLong("seed", 1), policy, sabotage),
            line -> System.out.println(line.get()));
    System.out.println(report);
  }
}
