package ai.greenthread.domain.model;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** What can be said of a single value of a manifest. */
final class Scalars {
  private static final int MOST_DIGITS = 1000;

  private Scalars() {}

  static Violation wrongType(String field, Object value, String message, boolean unshown) {
    String sort =
        switch (value) {
          case String _ -> "text";
          case Boolean _ -> "true/false";
          case Number _ -> "number";
          case List<?> _ -> "list";
          case Map<?, ?> _ -> "object";
          default -> value.getClass().getSimpleName();
        };
    boolean scalar = value instanceof String || value instanceof Boolean || value instanceof Number;
    String shown = scalar && !unshown ? Violation.show(value) + " (" + sort + ")" : sort;
    return new Violation(field, Violation.Kind.WRONG_TYPE, shown, message);
  }

  static String unquoted(Object value, String... words) {
    return value instanceof String text && List.of(words).contains(text)
        ? "; remove the quotes"
        : "";
  }

  /** Whether a number has digits that can be written down: neither NaN nor an endless exponent. */
  static boolean finite(Number number) {
    return switch (number) {
      case Double value -> Double.isFinite(value);
      case Float value -> Float.isFinite(value);
      case BigDecimal value -> Math.abs((long) value.scale()) <= MOST_DIGITS;
      default -> true;
    };
  }

  /** The digits of a number, without an exponent. */
  static String plain(Number number) {
    return new BigDecimal(number.toString()).toPlainString();
  }
}
