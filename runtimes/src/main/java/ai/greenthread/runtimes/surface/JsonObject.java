package ai.greenthread.runtimes.surface;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object as it came from a client. A member that is absent and one that is null are the
 * same; one of the wrong type is an {@link ApiError} 400 that names it.
 */
public record JsonObject(Map<String, @Nullable Object> members) {

  public boolean has(String name) {
    return members.get(name) != null;
  }

  public Optional<String> text(String name) {
    return switch (members.get(name)) {
      case null -> Optional.empty();
      case String text -> Optional.of(text);
      default -> throw wrong(name, "a string");
    };
  }

  public String requiredText(String name) {
    return text(name).orElseThrow(() -> ApiError.badRequest("Field required: " + name + ".", name));
  }

  public boolean flag(String name, boolean fallback) {
    return switch (members.get(name)) {
      case null -> fallback;
      case Boolean truth -> truth;
      default -> throw wrong(name, "true or false");
    };
  }

  public OptionalDouble number(String name) {
    return switch (members.get(name)) {
      case null -> OptionalDouble.empty();
      case Number number -> OptionalDouble.of(number.doubleValue());
      default -> throw wrong(name, "a number");
    };
  }

  public double numberBetween(String name, double least, double most, double fallback) {
    double value = number(name).orElse(fallback);
    if (!(value >= least && value <= most)) {
      throw ApiError.badRequest(
          name + " must be between " + least + " and " + most + ", got " + value + ".", name);
    }
    return value;
  }

  public OptionalLong whole(String name) {
    return switch (members.get(name)) {
      case null -> OptionalLong.empty();
      case Long number -> OptionalLong.of(number);
      default -> throw wrong(name, "a whole number");
    };
  }

  public OptionalInt count(String name, int least) {
    OptionalLong value = whole(name);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    if (value.getAsLong() < least || value.getAsLong() > Integer.MAX_VALUE) {
      throw ApiError.badRequest(
          name + " must be at least " + least + ", got " + value.getAsLong() + ".", name);
    }
    return OptionalInt.of((int) value.getAsLong());
  }

  public Optional<JsonObject> object(String name) {
    return switch (members.get(name)) {
      case null -> Optional.empty();
      case Map<?, ?> object -> Optional.of(wrap(object));
      default -> throw wrong(name, "an object");
    };
  }

  public Optional<List<?>> list(String name) {
    return switch (members.get(name)) {
      case null -> Optional.empty();
      case List<?> list -> Optional.of(list);
      default -> throw wrong(name, "a list");
    };
  }

  /** Elements of a list as objects. */
  public List<JsonObject> objects(String name) {
    return list(name).orElse(List.of()).stream()
        .map(element ->
            switch (element) {
              case Map<?, ?> object -> wrap(object);
              case null, default -> throw wrong(name, "a list of objects");
            })
        .toList();
  }

  /** One string, or a list of strings. */
  public List<String> texts(String name) {
    if (members.get(name) instanceof String one) {
      return List.of(one);
    }
    return list(name).orElse(List.of()).stream()
        .map(element ->
            switch (element) {
              case String text -> text;
              case null, default -> throw wrong(name, "a string or a list of strings");
            })
        .toList();
  }

  /** A list of whole numbers, such as tokens. */
  public int[] integers(String name) {
    return list(name).orElse(List.of()).stream()
        .mapToInt(element ->
            switch (element) {
              case Long number when number >= Integer.MIN_VALUE && number <= Integer.MAX_VALUE ->
                  number.intValue();
              case null, default -> throw wrong(name, "a list of whole numbers");
            })
        .toArray();
  }

  private static JsonObject wrap(Map<?, ?> object) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    object.forEach((name, value) -> members.put(String.valueOf(name), value));
    return new JsonObject(members);
  }

  private static ApiError wrong(String name, String wanted) {
    return ApiError.badRequest("Input should be " + wanted + ": " + name + ".", name);
  }
}
