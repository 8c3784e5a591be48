package ai.greenthread.scheduling.simulation;

import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Which faults strike in one run, and whether one strikes now. */
final class Faults {
  private final RandomGenerator random;
  private final Coverage coverage;
  private final Map<Fault, Double> chances = new EnumMap<>(Fault.class);

  private Faults(RandomGenerator random, Coverage coverage) {
    this.random = random;
    this.coverage = coverage;
  }

  static Faults none(RandomGenerator random, Coverage coverage) {
    return new Faults(random, coverage);
  }

  /** Each kind is off in half of the runs, and else more or less frequent, now and then a storm. */
  static Faults swarm(RandomGenerator random, Coverage coverage) {
    var faults = new Faults(random, coverage);
    for (Fault fault : Fault.values()) {
      if (random.nextBoolean()) {
        double often = random.nextInt(8) == 0 ? 5 : 0.2 + random.nextDouble() * 1.8;
        faults.chances.put(fault, Math.min(fault.often() * often, 0.9));
      }
    }
    return faults;
  }

  boolean strikes(Fault fault) {
    Double chance = chances.get(fault);
    if (chance == null || random.nextDouble() >= chance) {
      return false;
    }
    coverage.count("fault " + fault);
    return true;
  }

  /** From now on nothing goes wrong any more. */
  void end() {
    chances.clear();
  }

  boolean isOn(Fault fault) {
    return chances.containsKey(fault);
  }

  /** No kind of fault is possible. */
  boolean none() {
    return chances.isEmpty();
  }

  @Override
  public String toString() {
    return chances.keySet().toString();
  }
}
