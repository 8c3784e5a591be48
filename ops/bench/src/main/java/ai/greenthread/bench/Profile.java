package ai.greenthread.bench;

import java.util.List;

/**
 * How much is measured.
 *
 * @param rounds valid rounds to collect; the method asks for at least four
 * @param warmSlices most slices of two seconds of load that a JVM gets before the first round, so
 *     that compiled code is measured
 */
record Profile(String name, int rounds, int warmSlices, List<Scenario> scenarios) {

  static final int CHUNKS = 64;
  static final int PACE_MILLIS = 20;

  Profile {
    scenarios = List.copyOf(scenarios);
  }

  /** About three minutes with five gateways. */
  static Profile quick() {
    return new Profile(
        "quick",
        4,
        10,
        List.of(
            new Scenario.Closed(64, 1.5),
            new Scenario.Open(500, 1.5),
            new Scenario.Open(2000, 1.5),
            new Scenario.Streams(200, 1, CHUNKS, PACE_MILLIS)));
  }

  /** At most fifteen minutes with five gateways. */
  static Profile full() {
    return new Profile(
        "full",
        6,
        20,
        List.of(
            new Scenario.Closed(64, 4),
            new Scenario.Open(500, 4),
            new Scenario.Open(2000, 4),
            new Scenario.Streams(200, 2, CHUNKS, PACE_MILLIS),
            new Scenario.Streams(1000, 1, CHUNKS, PACE_MILLIS)));
  }

  Profile withRounds(int other) {
    return new Profile(name, other, warmSlices, scenarios);
  }
}
