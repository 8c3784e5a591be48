package ai.greenthread.runtimes.simulated;

import java.util.function.Function;

/**
 * One thing about the simulator that can be set: as {@code --name value} on the command line, as a
 * member of the JSON that {@code POST /admin/config} takes, or from Java.
 *
 * @param parser reads the text form; throws IllegalArgumentException saying what it wants instead
 * @param writer gives the text form
 */
public record Knob<T>(
    String name,
    Class<T> type,
    T fallback,
    Function<String, T> parser,
    Function<T, String> writer,
    String help) {

  @Override
  public String toString() {
    return name;
  }

  T parse(String text) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--" + name + ": " + e.getMessage(), e);
    }
  }

  String text(Object value) {
    return writer.apply(type.cast(value));
  }
}
