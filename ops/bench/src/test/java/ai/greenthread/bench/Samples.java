package ai.greenthread.bench;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Made-up results with numbers that are easy to reckon with. */
final class Samples {

  static final Scenario.Closed CLOSED = new Scenario.Closed(8, 1);
  static final Scenario.Open OPEN = new Scenario.Open(2000, 1);
  static final Profile PROFILE = new Profile("made-up", 3, 0, List.of(CLOSED, OPEN));
  static final Gateway DIRECT = gateway(Gateway.DIRECT, false);
  static final Gateway NGINX = gateway(Gateway.FLOOR, false);
  static final Gateway OURS = gateway("<ours>", true);
  static final Machine MACHINE =
      new Machine(Instant.EPOCH, "a CPU", 2, "all shared", 24, "6", "a system", "a JVM", "0.1");

  private Samples() {}

  static Results results(Missing... missing) {
    return new Results(PROFILE, List.of(DIRECT, NGINX, OURS), List.of(missing));
  }

  static Measurement measured(Gateway gateway, Scenario scenario, int round, double number) {
    var times = new Percentiles(1, number, number, number, number, number);
    var load =
        new Load(1, 0, "", 1, 0, 1, number, number, 1, 1, 1, times, times, times, times, 0, 0, 0);
    return new Measurement(gateway.name(), scenario.id(), round, load, 0, 1 << 20, 0);
  }

  private static Gateway gateway(String name, boolean ours) {
    return new Gateway(
        name,
        "a gateway",
        URI.create("http://127.0.0.1:1"),
        1,
        "1.0",
        ours,
        Duration.ofMillis(300));
  }
}
