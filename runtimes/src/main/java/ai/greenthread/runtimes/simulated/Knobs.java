package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.surface.ErrorShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Every knob of the simulator. A fresh simulator with no knob turned behaves like a healthy vLLM in
 * a hurry.
 */
public final class Knobs {
  private static final List<Knob<?>> LIST = new ArrayList<>();

  // The server.
  public static final Knob<String> HOST = text("host", "127.0.0.1", "address to listen on");
  public static final Knob<Integer> PORT = number("port", 0, 0, 65_535, "0 = any free one");
  public static final Knob<Names> SERVED_MODEL_NAME =
      knob(
          "served-model-name",
          Names.class,
          new Names(List.of("simulated")),
          Names::parse,
          "ids, divided by commas");
  public static final Knob<Integer> MAX_MODEL_LEN =
      number("max-model-len", 4096, 1, 1 << 24, "context in tokens");
  public static final Knob<Integer> MAX_NUM_SEQS =
      number("max-num-seqs", 256, 1, 100_000, "answers written at once; the others wait");
  public static final Knob<String> API_KEY = text("api-key", "", "wanted on /v1/*; empty = none");
  public static final Knob<Boolean> DEV_MODE =
      flag("dev-mode", true, "false: sleep routes are 404");
  public static final Knob<String> VERSION = text("version", "0.11.0+simulated", "of /version");
  public static final Knob<Long> SEED = wholeNumber("seed", 7, "of texts, vectors and jitter");
  public static final Knob<Boolean> PARENT_WATCH =
      flag("parent-watch", false, "end when standard input ends");
  public static final Knob<String> HISTORY =
      text("history", "", "file that gets a line as requests begin and end; empty = none");
  public static final Knob<ErrorShape> ERROR_SHAPE =
      choice("error-shape", ErrorShape.NESTED, "where an error's fields stand");

  // Memory.
  public static final Knob<Devices> DEVICES =
      knob(
          "devices",
          Devices.class,
          new Devices(List.of(0)),
          Devices::parse,
          "GPU indexes, divided by commas; several = tensor parallel");
  public static final Knob<Long> GPU_MEMORY = bytes("gpu-memory", "24GiB", "size of each device");
  public static final Knob<Double> GPU_MEMORY_UTILIZATION =
      fraction("gpu-memory-utilization", 0.9, "share of a device that weights and KV cache take");
  public static final Knob<Long> WEIGHTS =
      bytes("weights", "1GiB", "of the model, over all devices");
  public static final Knob<Long> RESIDUE =
      bytes("residue", "512MiB", "on each device while asleep");
  public static final Knob<String> LEDGER =
      text("ledger", "", "file in which simulators write what they hold; empty = none");
  public static final Knob<Long> REAL_MEMORY =
      bytes("real-memory", "0", "main memory really taken while awake, given back asleep");
  public static final Knob<AfterOom> AFTER_OOM =
      choice("after-oom", AfterOom.DEAD, "what becomes of the engine that ran out of memory");
  public static final Knob<Double> OOM_LEAK =
      fraction("oom-leak", 0, "share of the free memory that a wake without room keeps");

  // Latency.
  public static final Knob<Duration> LOAD_TIME = time("load-time", "before the port opens");
  public static final Knob<Long> LOAD_RATE = rate("load-rate", "weights read at start");
  public static final Knob<Duration> SLEEP_TIME = time("sleep-time", "of every sleep");
  public static final Knob<Long> SLEEP_RATE = rate("sleep-rate", "weights copied out at level 1");
  public static final Knob<Duration> FIRST_SLEEP_TIME =
      time("first-sleep-time", "more for the first sleep of level 1");
  public static final Knob<Duration> WAKE_TIME = time("wake-time", "of every wake");
  public static final Knob<Long> WAKE_RATE = rate("wake-rate", "weights copied in after level 1");
  public static final Knob<Duration> RELOAD_TIME = time("reload-time", "of reload_weights");
  public static final Knob<Long> RELOAD_RATE =
      rate("reload-rate", "weights read by reload_weights");
  public static final Knob<Duration> TTFT = time("ttft", "before the first token");
  public static final Knob<Duration> PREFILL_PER_TOKEN =
      time("prefill-per-token", "more before the first token, for each prompt token not cached");
  public static final Knob<Duration> FIRST_AFTER_WAKE =
      time("first-after-wake", "more before the first token after a wake");
  public static final Knob<Duration> ITL = time("itl", "between tokens, on average");
  public static final Knob<Duration> ITL_DEVIATION = time("itl-deviation", "of that average");
  public static final Knob<Double> LOAD_FACTOR =
      fraction("load-factor", 0, "slows tokens by this share for each further running answer");
  public static final Knob<Integer> ANSWER_TOKENS =
      number("answer-tokens", 16, 1, 1_000_000, "length of an answer that is not cut short");
  public static final Knob<Integer> EMBEDDING_SIZE =
      number("embedding-size", 64, 1, 8192, "numbers in a vector");

  // What goes wrong with sleep and wake.
  public static final Knob<Occasions> SLEEP_LIES =
      occasions("sleep-lies", "which sleeps answer 200 and free nothing");
  public static final Knob<Occasions> SLEEP_FAILS =
      occasions("sleep-fails", "which sleeps are 500");
  public static final Knob<Occasions> SLEEP_HANGS =
      occasions("sleep-hangs", "which sleeps never answer");
  public static final Knob<Occasions> SLEEP_DIES =
      occasions("sleep-dies", "which sleeps answer 200 while the engine dies");
  public static final Knob<Occasions> SLEEP_CRASHES =
      occasions("sleep-crashes", "which sleeps end the process");
  public static final Knob<Occasions> WAKE_FAILS = occasions("wake-fails", "which wakes are 500");
  public static final Knob<Occasions> WAKE_HANGS =
      occasions("wake-hangs", "which wakes never answer");
  public static final Knob<Occasions> WAKE_OOMS =
      occasions("wake-ooms", "which wakes find no room, whatever the ledger says");
  public static final Knob<Occasions> WAKE_CRASHES =
      occasions("wake-crashes", "which wakes end the process");
  public static final Knob<Boolean> WAKE_EARLY =
      flag("wake-early", false, "answers a wake before it is done");
  public static final Knob<SleepingAnswer> IS_SLEEPING =
      choice("is-sleeping", SleepingAnswer.TRUTH, "what /is_sleeping says");
  public static final Knob<Duration> IS_SLEEPING_LAG =
      time("is-sleeping-lag", "by which /is_sleeping is behind");
  public static final Knob<AsleepRequests> ASLEEP_REQUESTS =
      choice("asleep-requests", AsleepRequests.PARK, "what a request meets while the model sleeps");
  public static final Knob<Boolean> IN_FLIGHT_CRASH =
      flag(
          "in-flight-crash",
          false,
          "a sleep with requests running answers 200 and kills the engine");

  // What else goes wrong.
  public static final Knob<Fault.Plan> FAULTS =
      knob(
          "faults",
          Fault.Plan.class,
          Fault.Plan.NONE,
          Fault.Plan::parse,
          "requests that fail: kind[@at][*count][%rate], divided by commas");
  public static final Knob<HealthAnswer> HEALTH =
      choice("health", HealthAnswer.TRUTH, "what /health says");
  public static final Knob<MetricsAnswer> METRICS =
      choice("metrics", MetricsAnswer.CURRENT, "what /metrics says");
  public static final Knob<Boolean> IGNORE_SIGTERM =
      flag("ignore-sigterm", false, "only kill -9 ends it");
  public static final Knob<Boolean> NEVER_READY =
      flag("never-ready", false, "start never finishes");
  public static final Knob<Boolean> FAIL_START =
      flag("fail-start", false, "start ends with an error");

  private Knobs() {}

  /** Ids of one model. */
  public record Names(List<String> list) {
    public Names {
      list = List.copyOf(list);
    }

    static Names parse(String text) {
      return new Names(Stream.of(text.split(",", -1)).filter(name -> !name.isBlank()).toList());
    }

    @Override
    public String toString() {
      return String.join(",", list);
    }
  }

  /** Indexes of GPUs. */
  public record Devices(List<Integer> list) {
    public Devices {
      list = List.copyOf(list);
      if (list.isEmpty() || list.stream().distinct().count() != list.size()) {
        throw new IllegalArgumentException("expected at least one GPU index, each once");
      }
    }

    static Devices parse(String text) {
      return new Devices(Stream.of(text.split(",", -1)).map(Integer::valueOf).toList());
    }

    @Override
    public String toString() {
      return String.join(",", list.stream().map(String::valueOf).toList());
    }
  }

  /** What becomes of an engine that ran out of GPU memory. */
  public enum AfterOom {
    SURVIVE,
    DEAD,
    EXIT
  }

  /** What {@code /is_sleeping} says. */
  public enum SleepingAnswer {
    TRUTH,
    TRUE,
    FALSE
  }

  /** What a request meets while the model sleeps. */
  public enum AsleepRequests {
    PARK,
    ABORT,
    CRASH
  }

  /** What {@code /health} says. */
  public enum HealthAnswer {
    TRUTH,
    DEAD,
    HANG
  }

  /** What {@code /metrics} says. */
  public enum MetricsAnswer {
    CURRENT,
    OLDER,
    MISSING,
    STALE
  }

  /** All of them, in this order. */
  public static List<Knob<?>> all() {
    return List.copyOf(LIST);
  }

  static Optional<Knob<?>> named(String name) {
    return all().stream().filter(knob -> knob.name().equals(name)).findFirst();
  }

  private static <T> Knob<T> knob(
      String name, Class<T> type, T fallback, Function<String, T> parser, String help) {
    return add(new Knob<>(name, type, fallback, parser, String::valueOf, help));
  }

  private static <T> Knob<T> add(Knob<T> knob) {
    LIST.add(knob);
    return knob;
  }

  private static Knob<String> text(String name, String fallback, String help) {
    return knob(name, String.class, fallback, Function.identity(), help);
  }

  private static Knob<Integer> number(String name, int fallback, int least, int most, String help) {
    return knob(
        name,
        Integer.class,
        fallback,
        text -> {
          double value = Double.parseDouble(text);
          if (value < least || value > most || value != Math.rint(value)) {
            throw new IllegalArgumentException(
                "expected a whole number from " + least + " to " + most + ", got " + text);
          }
          return (int) value;
        },
        help);
  }

  private static Knob<Long> wholeNumber(String name, long fallback, String help) {
    return knob(name, Long.class, fallback, Long::valueOf, help);
  }

  private static Knob<Double> fraction(String name, double fallback, String help) {
    return knob(
        name,
        Double.class,
        fallback,
        text -> {
          double value = Double.parseDouble(text);
          if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("expected a number from 0 to 1, got " + text);
          }
          return value;
        },
        help);
  }

  private static Knob<Boolean> flag(String name, boolean fallback, String help) {
    return knob(
        name,
        Boolean.class,
        fallback,
        text ->
            switch (text) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException("expected true or false, got " + text);
            },
        help);
  }

  private static Knob<Duration> time(String name, String help) {
    return add(
        new Knob<>(
            name, Duration.class, Duration.ZERO, Units::duration, Units::text, "time " + help));
  }

  private static Knob<Long> bytes(String name, String fallback, String help) {
    return knob(name, Long.class, Units.bytes(fallback), Units::bytes, "memory " + help);
  }

  private static Knob<Long> rate(String name, String help) {
    return knob(name, Long.class, 0L, Units::bytes, "bytes a second, " + help + "; 0 = no time");
  }

  private static Knob<Occasions> occasions(String name, String help) {
    return knob(
        name, Occasions.class, Occasions.NONE, Occasions::parse, help + ": none, all, 2, 1,3, 2+");
  }

  private static <E extends Enum<E>> Knob<E> choice(String name, E fallback, String help) {
    Class<E> type = fallback.getDeclaringClass();
    String words = String.join("|", Stream.of(type.getEnumConstants()).map(Knobs::word).toList());
    return add(
        new Knob<>(
            name,
            type,
            fallback,
            text ->
                Stream.of(type.getEnumConstants())
                    .filter(value -> word(value).equals(text))
                    .findFirst()
                    .orElseThrow(
                        () -> new IllegalArgumentException("expected " + words + ", got " + text)),
            Knobs::word,
            help + ": " + words));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
