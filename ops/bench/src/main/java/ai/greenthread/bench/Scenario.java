package ai.greenthread.bench;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** One kind of load; what the generator is told to do. */
sealed interface Scenario {

  /** Short and stable: names the scenario in JSON. */
  String id();

  /** For a person. */
  String title();

  /** The generator's arguments, without port, model and processes. */
  List<String> arguments();

  /** About how long one measurement takes; memory is read in the middle of it. */
  Duration length();

  /**
   * As many requests as are answered over a fixed number of connections: where the gateway
   * saturates.
   */
  record Closed(int connections, double seconds) implements Scenario {
    @Override
    public String id() {
      return "saturation";
    }

    @Override
    public String title() {
      return "Saturation: " + connections + " connections, each asking again at once";
    }

    @Override
    public List<String> arguments() {
      return List.of("closed", "--connections", text(connections), "--seconds", text(seconds));
    }

    @Override
    public Duration length() {
      return millis(seconds);
    }
  }

  /**
   * Fixed arrival times, whatever the answers do; latency counts from the moment a request was due.
   */
  record Open(int perSecond, double seconds) implements Scenario {
    @Override
    public String id() {
      return "open-" + perSecond;
    }

    @Override
    public String title() {
      return "Open loop: %,d requests a second at fixed times".formatted(perSecond);
    }

    @Override
    public List<String> arguments() {
      return List.of("open", "--rate", text(perSecond), "--seconds", text(seconds));
    }

    @Override
    public Duration length() {
      return millis(seconds);
    }
  }

  /**
   * Streams held at the same time, each of 64 events at a pace of 20 ms unless the mock was told
   * otherwise.
   */
  record Streams(int count, int passes, int chunks, int paceMillis) implements Scenario {
    @Override
    public String id() {
      return "streams-" + count;
    }

    @Override
    public String title() {
      return "%,d streams at once, %d events at %d ms each".formatted(count, chunks, paceMillis);
    }

    @Override
    public List<String> arguments() {
      return List.of(
          "streams",
          "--streams",
          text(count),
          "--passes",
          text(passes),
          "--chunks",
          text(chunks),
          "--pace-ms",
          text(paceMillis),
          "--ramp-ms",
          text(rampMillis()));
    }

    @Override
    public Duration length() {
      return Duration.ofMillis(rampMillis() + (long) passes * chunks * paceMillis);
    }

    /** One new stream per millisecond: they begin one after the other, as clients do. */
    private int rampMillis() {
      return count;
    }
  }

  private static Duration millis(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  private static String text(Number n) {
    return n instanceof Double d ? String.format(Locale.ROOT, "%.2f", d) : n.toString();
  }
}
