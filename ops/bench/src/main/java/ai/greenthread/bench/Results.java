package ai.greenthread.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that one run has found; comparisons are made within a round, then the median over rounds is
 * taken.
 */
final class Results {

  /** A number that is missing although its gateway took part. */
  record Gap(String gateway, String scenario, int round, String reason) {}

  /** Memory of a gateway's processes in bytes: before any load, and at rest after all of it. */
  record Memory(long idle, long after) {}

  private final Profile profile;
  private final List<Gateway> gateways;
  private final List<Missing> missing;
  private final List<Measurement> measurements = new ArrayList<>();
  private final List<Gap> gaps = new ArrayList<>();
  private final Map<String, Manners.Report> manners = new LinkedHashMap<>();
  private final Map<String, Long> idleMemory = new HashMap<>();
  private final Map<String, Long> memoryAfter = new HashMap<>();

  Results(Profile profile, List<Gateway> gateways, List<Missing> missing) {
    this.profile = profile;
    this.gateways = List.copyOf(gateways);
    this.missing = List.copyOf(missing);
  }

  void add(Measurement measurement) {
    measurements.add(measurement);
  }

  void add(Gap gap) {
    gaps.add(gap);
  }

  void manners(Gateway gateway, Manners.Report report) {
    manners.put(gateway.name(), report);
  }

  void idle(Gateway gateway, long bytes) {
    idleMemory.put(gateway.name(), bytes);
  }

  void after(Gateway gateway, long bytes) {
    memoryAfter.put(gateway.name(), bytes);
  }

  Profile profile() {
    return profile;
  }

  List<Gateway> gateways() {
    return gateways;
  }

  List<Missing> missing() {
    return missing;
  }

  List<Measurement> measurements() {
    return List.copyOf(measurements);
  }

  List<Gap> gaps() {
    return List.copyOf(gaps);
  }

  Map<String, Manners.Report> manners() {
    return Map.copyOf(manners);
  }

  Memory memory(Gateway gateway) {
    return new Memory(
        idleMemory.getOrDefault(gateway.name(), 0L), memoryAfter.getOrDefault(gateway.name(), 0L));
  }

  long voidedRuns() {
    return measurements.stream().mapToLong(Measurement::voided).sum()
        + (long) gaps.size() * Generator.TRIES;
  }

  /** The share of the machine that others used during the measured runs. */
  Optional<Spread> foreignCpu() {
    return Spread.of(measurements.stream().map(Measurement::foreignCpu).toList());
  }

  Optional<Spread> value(Gateway gateway, Scenario scenario, Metric metric) {
    return Spread.of(List.copyOf(rounds(gateway.name(), scenario, metric).values()));
  }

  /** What the gateway adds to no gateway at all. */
  Optional<Spread> added(Gateway gateway, Scenario scenario, Metric metric) {
    return Spread.of(List.copyOf(addedRounds(gateway.name(), scenario, metric).values()));
  }

  /** The value, or what is added where that is compared, as a multiple of the floor's. */
  Optional<Spread> timesFloor(Gateway gateway, Scenario scenario, Metric metric) {
    return switch (metric.compare(scenario)) {
      case ALONE -> Optional.empty();
      case VALUE ->
          quotients(
              rounds(gateway.name(), scenario, metric), rounds(Gateway.FLOOR, scenario, metric));
      case ADDED ->
          gateway.direct()
              ? Optional.empty()
              : quotients(
                  addedRounds(gateway.name(), scenario, metric),
                  addedRounds(Gateway.FLOOR, scenario, metric));
    };
  }

  private Map<Integer, Double> rounds(String gateway, Scenario scenario, Metric metric) {
    var values = new LinkedHashMap<Integer, Double>();
    for (Measurement m : measurements) {
      if (m.gateway().equals(gateway) && m.scenario().equals(scenario.id())) {
        values.put(m.round(), metric.of(m));
      }
    }
    return values;
  }

  private Map<Integer, Double> addedRounds(String gateway, Scenario scenario, Metric metric) {
    Map<Integer, Double> direct = rounds(Gateway.DIRECT, scenario, metric);
    var values = new LinkedHashMap<Integer, Double>();
    rounds(gateway, scenario, metric)
        .forEach((round, value) -> {
          Double base = direct.get(round);
          if (base != null) {
            values.put(round, value - base);
          }
        });
    return values;
  }

  /**
   * A round in which the floor shows nothing above zero has no quotient: noise was larger than what
   * it adds.
   */
  private static Optional<Spread> quotients(Map<Integer, Double> of, Map<Integer, Double> floor) {
    var quotients = new ArrayList<Double>();
    of.forEach((round, value) -> {
      Double base = floor.get(round);
      if (base != null && base > 0) {
        quotients.add(value / base);
      }
    });
    return Spread.of(quotients);
  }
}
