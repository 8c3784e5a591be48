package ai.greenthread.runtimes.simulated;

import ai.greenthread.runtimes.surface.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a simulator behaves: a value for every knob. */
public final class SimulatorConfig {
  private static final SimulatorConfig DEFAULTS = new SimulatorConfig(Map.of());

  private final Map<Knob<?>, Object> turned;

  private SimulatorConfig(Map<Knob<?>, Object> turned) {
    this.turned = Map.copyOf(turned);
  }

  /** A healthy vLLM that takes no time for anything. */
  public static SimulatorConfig defaults() {
    return DEFAULTS;
  }

  public <T> T get(Knob<T> knob) {
    Object value = turned.get(knob);
    return value == null ? knob.fallback() : knob.type().cast(value);
  }

  /** The same, with one knob turned. */
  public <T> SimulatorConfig with(Knob<T> knob, T value) {
    Map<Knob<?>, Object> more = new LinkedHashMap<>(turned);
    more.put(knob, value);
    return new SimulatorConfig(more);
  }

  /** The same, with one knob turned to the value that the text says, such as {@code 250ms}. */
  public <T> SimulatorConfig set(Knob<T> knob, String text) {
    return with(knob, knob.parse(text));
  }

  /**
   * The same, with the knobs turned that an object names.
   *
   * @throws IllegalArgumentException where a knob is unknown or a value is not one
   */
  public SimulatorConfig with(JsonObject json) {
    SimulatorConfig config = this;
    for (Map.Entry<String, @Nullable Object> member : json.members().entrySet()) {
      String text =
          member.getValue() instanceof Double number && number == Math.rint(number)
              ? String.valueOf(number.longValue())
              : String.valueOf(member.getValue());
      config = config.set(known(member.getKey()), text);
    }
    return config;
  }

  /**
   * Reads {@code --name value} and {@code --name=value}; a yes-or-no knob may stand alone and means
   * yes.
   *
   * @throws IllegalArgumentException where a knob is unknown or a value is not one
   */
  public static SimulatorConfig parse(List<String> arguments) {
    SimulatorConfig config = DEFAULTS;
    Deque<String> rest = new ArrayDeque<>(arguments);
    while (!rest.isEmpty()) {
      String argument = rest.remove();
      if (!argument.startsWith("--")) {
        throw new IllegalArgumentException("expected --name value, got " + argument);
      }
      int equals = argument.indexOf('=');
      Knob<?> knob = known(argument.substring(2, equals < 0 ? argument.length() : equals));
      if (equals >= 0) {
        config = config.set(knob, argument.substring(equals + 1));
      } else if (knob.type() == Boolean.class
          && (rest.isEmpty() || rest.element().startsWith("--"))) {
        config = config.set(knob, "true");
      } else if (rest.isEmpty()) {
        throw new IllegalArgumentException(argument + " needs a value");
      } else {
        config = config.set(knob, rest.remove());
      }
    }
    return config;
  }

  /** Every knob with its value as text. */
  public Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Knobs.all().forEach(knob -> json.put(knob.name(), knob.text(get(knob))));
    return json;
  }

  private static Knob<?> known(String name) {
    return Knobs.named(name)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no knob " + name + "; --help lists those there are"));
  }
}
