package ai.greenthread.domain.model;

import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One reason why a manifest is refused.
 *
 * @param field where, as a path in Kubernetes' manner: {@code spec.fairness.minRuntime}, {@code
 *     spec.tolerations[0].key}, {@code spec.runtime.env[NAME]}
 * @param kind what sort of mistake
 * @param value the offending value as shown to people, shortened; empty where there is none or
 *     where it may be secret
 * @param message what is wrong and what to do, without field and value
 */
public record Violation(String field, Kind kind, String value, String message) {
  private static final int LONGEST_SHOWN = 80;

  /** The sorts of mistake, worded as the Kubernetes API server words them. */
  public enum Kind {
    REQUIRED("Required value"),
    INVALID("Invalid value"),
    WRONG_TYPE("Invalid type"),
    UNSUPPORTED("Unsupported value"),
    UNKNOWN_FIELD("Unknown field"),
    DUPLICATE("Duplicate value"),
    FORBIDDEN("Forbidden");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  public static Violation required(String field, String message) {
    return new Violation(field, Kind.REQUIRED, "", message);
  }

  public static Violation invalid(String field, @Nullable Object value, String message) {
    return new Violation(field, Kind.INVALID, show(value), message);
  }

  /** Like {@link #invalid}, for values that may be secret. */
  public static Violation invalidUnshown(String field, String message) {
    return new Violation(field, Kind.INVALID, "", message);
  }

  public static Violation forbidden(String field, String message) {
    return new Violation(field, Kind.FORBIDDEN, "", message);
  }

  public static Violation duplicate(String field, @Nullable Object value, String message) {
    return new Violation(field, Kind.DUPLICATE, show(value), message);
  }

  public static Violation unsupported(String field, String value, Collection<String> supported) {
    String meant =
        Suggestions.closest(value, supported)
            .map(s -> "did you mean " + quote(s) + "? ")
            .orElse("");
    return new Violation(
        field,
        Kind.UNSUPPORTED,
        show(value),
        meant
            + "supported: "
            + supported.stream().map(Violation::quote).collect(Collectors.joining(", ")));
  }

  /** Everything but the field: {@code Invalid value: "10": must be a duration such as …}. */
  public String text() {
    return kind.words + (value.isEmpty() ? "" : ": " + value) + ": " + message;
  }

  @Override
  public String toString() {
    return field + ": " + text();
  }

  static String quote(String text) {
    return '"' + text + '"';
  }

  /** A value as it may stand in a message: short, and structures only by their sort. */
  static String show(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case String text when text.length() > LONGEST_SHOWN ->
          quote(text.substring(0, LONGEST_SHOWN) + "…");
      case String text -> quote(text);
      case Named named -> quote(named.wireName());
      default -> value.toString();
    };
  }
}
