package ai.greenthread.domain.model;

import ai.greenthread.domain.DurationText;
import ai.greenthread.domain.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One object of a manifest, read field by field. Each getter registers its field as known, reports
 * what is wrong with the value and answers a default in its place, so that reading always goes on
 * to the end; {@link #end} then reports the fields nobody asked for. A null counts as absent.
 */
public final class Fields {
  /** Most items of one list and most entries of one map. */
  public static final int MOST_ENTRIES = 1000;

  /** Most characters of one text; Kubernetes allows annotations of 256 KiB in all. */
  public static final int LONGEST_TEXT = 256 * 1024;

  /** Most characters of a field's name; the longest that Kubernetes allows is a label's 317. */
  public static final int LONGEST_NAME = 512;

  public static final String DURATION_HINT = "must be a duration such as 10s, 5m or 1h30m";
  public static final String QUANTITY_HINT = "must be a quantity such as 10Gi, 500M or 1.5Gi";

  private final Collector collector;
  private final String path;
  private final Map<String, Object> values;
  private final Set<String> asked = new LinkedHashSet<>();

  private Fields(Collector collector, String path, Map<String, Object> values) {
    this.collector = collector;
    this.path = path;
    this.values = values;
  }

  /** The document itself; not being an object is its own violation. */
  public static Fields root(Collector collector, @Nullable Object tree) {
    return new Fields(collector, "", Fields.entries(collector, "manifest", tree));
  }

  public String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  public boolean has(String name) {
    return values.containsKey(name);
  }

  /** Reports every field that no getter asked for. */
  public void end() {
    for (String name : values.keySet()) {
      if (!asked.contains(name)) {
        collector.unknownField(path, name);
      }
    }
  }

  /** Fields that servers add and readers of manifests ignore. */
  public void ignore(String... names) {
    asked.addAll(List.of(names));
  }

  /** A text; a number is taken as its digits with a warning, since YAML drops quotes easily. */
  public String text(String name, String otherwise) {
    return switch (take(name)) {
      case null -> otherwise;
      case Object value -> lenientText(path(name), value, false).orElse(otherwise);
    };
  }

  public String requiredText(String name, String message) {
    String value = text(name, "");
    Object given = values.get(name);
    if (given == null || given.equals("")) {
      collector.add(Violation.required(path(name), message));
    }
    return value;
  }

  public boolean flag(String name, boolean otherwise) {
    return switch (take(name)) {
      case null -> otherwise;
      case Boolean value -> value;
      case Object value -> {
        wrongType(
            path(name), value, "must be true or false" + Scalars.unquoted(value, "true", "false"));
        yield otherwise;
      }
    };
  }

  public int integer(String name, int otherwise) {
    Integer value = integerOrNull(name);
    return value == null ? otherwise : value;
  }

  public @Nullable Integer integerOrNull(String name) {
    Long value = longOrNull(name);
    if (value == null || value == value.intValue()) {
      return value == null ? null : value.intValue();
    }
    collector.add(Violation.invalid(path(name), value, "is too large"));
    return null;
  }

  public @Nullable Long longOrNull(String name) {
    return switch (take(name)) {
      case null -> null;
      case Integer value -> value.longValue();
      case Long value -> value;
      case BigInteger value when value.bitLength() < 64 -> value.longValue();
      case Object value -> {
        boolean quoted = value instanceof String text && text.matches("-?[0-9]+");
        String hint = quoted ? "; remove the quotes" : "";
        wrongType(path(name), value, "must be a whole number" + hint);
        yield null;
      }
    };
  }

  /** A decimal that is documented as a text, with its digits kept; a number is a warning. */
  public BigDecimal decimal(String name, BigDecimal otherwise, String hint) {
    return switch (take(name)) {
      case null -> otherwise;
      case String value -> {
        if (value.length() <= 40 && value.matches("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)")) {
          yield new BigDecimal(value);
        }
        collector.add(Violation.invalid(path(name), value, hint));
        yield otherwise;
      }
      case Number value when Scalars.finite(value) -> {
        collector.warn(path(name), "is a text; write \"" + Scalars.plain(value) + "\" in quotes");
        yield new BigDecimal(Scalars.plain(value));
      }
      case Object value -> {
        wrongType(path(name), value, hint);
        yield otherwise;
      }
    };
  }

  public Duration duration(String name, Duration otherwise) {
    return switch (take(name)) {
      case null -> otherwise;
      case String value -> {
        Optional<Duration> parsed = DurationText.parse(value);
        if (parsed.isEmpty()) {
          collector.add(Violation.invalid(path(name), value, DURATION_HINT));
        }
        yield parsed.orElse(otherwise);
      }
      case Number value -> {
        String seconds =
            Scalars.finite(value)
                ? "; write \"" + Scalars.plain(value) + "s\" if seconds are meant"
                : "";
        wrongType(path(name), value, DURATION_HINT + seconds);
        yield otherwise;
      }
      case Object value -> {
        wrongType(path(name), value, DURATION_HINT);
        yield otherwise;
      }
    };
  }

  /** A quantity; the empty text counts as absent, a plain number as Kubernetes takes it. */
  public @Nullable Quantity quantityOrNull(String name) {
    Object value = take(name);
    return value == null || value.equals("") ? null : quantity(path(name), value);
  }

  public Map<String, Quantity> quantities(String name) {
    Map<String, Quantity> read = new LinkedHashMap<>();
    entries(collector, path(name), take(name))
        .forEach((key, value) -> {
          Quantity quantity = quantity(path(name) + "[" + key + "]", value);
          if (quantity != null) {
            read.put(key, quantity);
          }
        });
    return read;
  }

  public <E extends Enum<E> & Named> E choice(String name, Class<E> type, E otherwise) {
    E chosen = choiceOrNull(name, type);
    return chosen == null ? otherwise : chosen;
  }

  public <E extends Enum<E> & Named> @Nullable E choiceOrNull(String name, Class<E> type) {
    Object value = take(name);
    return value == null ? null : choose(path(name), value, type);
  }

  public <E extends Enum<E> & Named> List<E> choices(String name, Class<E> type) {
    List<E> read = new ArrayList<>();
    List<Object> items = items(name);
    for (int i = 0; i < items.size(); i++) {
      E chosen = choose(path(name) + "[" + i + "]", items.get(i), type);
      if (chosen != null) {
        read.add(chosen);
      }
    }
    return read;
  }

  /** Texts in a list; numbers are taken with a warning, and values are never shown. */
  public List<String> texts(String name) {
    List<String> read = new ArrayList<>();
    List<Object> items = items(name);
    for (int i = 0; i < items.size(); i++) {
      lenientText(path(name) + "[" + i + "]", items.get(i), true).ifPresent(read::add);
    }
    return read;
  }

  /** Texts by name as Kubernetes reads labels: nothing but texts. */
  public Map<String, String> strictTexts(String name) {
    Map<String, String> read = new LinkedHashMap<>();
    entries(collector, path(name), take(name))
        .forEach((key, value) -> {
          String field = path(name) + "[" + key + "]";
          if (value instanceof String text) {
            sized(field, text).ifPresent(kept -> read.put(key, kept));
          } else {
            wrongType(field, value, "must be a text; put it in quotes");
          }
        });
    return read;
  }

  /** Texts by name; numbers are taken with a warning, and values are never shown. */
  public Map<String, String> unshownTexts(String name) {
    Map<String, String> read = new LinkedHashMap<>();
    entries(collector, path(name), take(name))
        .forEach((key, value) ->
            lenientText(path(name) + "[" + key + "]", value, true)
                .ifPresent(text -> read.put(key, text)));
    return read;
  }

  /** A part; absent, null or empty it has no fields, so that every default holds. */
  public Fields object(String name) {
    return new Fields(collector, path(name), entries(collector, path(name), take(name)));
  }

  public List<Fields> objects(String name) {
    List<Fields> read = new ArrayList<>();
    List<Object> items = items(name);
    for (int i = 0; i < items.size(); i++) {
      String field = path(name) + "[" + i + "]";
      read.add(new Fields(collector, field, entries(collector, field, items.get(i))));
    }
    return read;
  }

  private @Nullable Object take(String name) {
    asked.add(name);
    collector.knows(path(name));
    return values.get(name);
  }

  private List<Object> items(String name) {
    return switch (take(name)) {
      case null -> List.of();
      case List<?> list when list.size() <= MOST_ENTRIES -> {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
          Object item = list.get(i);
          if (item != null) {
            items.add(item);
          } else {
            String field = path(name) + "[" + i + "]";
            collector.add(Violation.required(field, "must not be empty; remove the item"));
          }
        }
        yield items;
      }
      case List<?> list -> {
        collector.add(tooManyEntries(path(name), list.size()));
        yield List.of();
      }
      case Object value -> {
        wrongType(path(name), value, "must be a list");
        yield List.of();
      }
    };
  }

  private static Map<String, Object> entries(
      Collector collector, String field, @Nullable Object value) {
    Map<String, Object> read = new LinkedHashMap<>();
    switch (value) {
      case null -> {}
      case Map<?, ?> map when map.size() > MOST_ENTRIES ->
          collector.add(tooManyEntries(field, map.size()));
      case Map<?, ?> map ->
          map.forEach((key, entry) -> {
            String name = String.valueOf(key);
            if (name.length() > LONGEST_NAME) {
              String message = "holds a name of more than " + LONGEST_NAME + " characters";
              collector.add(Violation.invalidUnshown(field, message));
            } else if (entry != null) {
              read.put(name, entry);
            }
          });
      case Object other ->
          collector.add(Scalars.wrongType(field, other, "must be an object", false));
    }
    return read;
  }

  private Optional<String> lenientText(String field, Object value, boolean unshown) {
    return switch (value) {
      case String text -> sized(field, text);
      case Number number when Scalars.finite(number) -> {
        collector.warn(
            field,
            "is a text; write "
                + (unshown ? "it" : "\"" + Scalars.plain(number) + "\"")
                + " in quotes");
        yield Optional.of(Scalars.plain(number));
      }
      case Object other -> {
        String quotes = other instanceof Boolean ? "; put it in quotes" : "";
        collector.add(Scalars.wrongType(field, other, "must be a text" + quotes, unshown));
        yield Optional.empty();
      }
    };
  }

  private Optional<String> sized(String field, String text) {
    if (text.length() <= LONGEST_TEXT) {
      return Optional.of(text);
    }
    String message = "is longer than " + LONGEST_TEXT + " characters; shorten it";
    collector.add(Violation.invalidUnshown(field, message));
    return Optional.empty();
  }

  private @Nullable Quantity quantity(String field, Object value) {
    String text =
        switch (value) {
          case String given -> given;
          case Number number when Scalars.finite(number) -> Scalars.plain(number);
          case Object other -> "";
        };
    if (text.isEmpty()) {
      wrongType(field, value, QUANTITY_HINT);
      return null;
    }
    Optional<Quantity> parsed = Quantity.parse(text);
    if (parsed.isEmpty()) {
      collector.add(Violation.invalid(field, value, QUANTITY_HINT));
    }
    return parsed.orElse(null);
  }

  private <E extends Enum<E> & Named> @Nullable E choose(
      String field, Object value, Class<E> type) {
    List<String> names = EnumSet.allOf(type).stream().map(Named::wireName).toList();
    // A choice that is spelled with digits, such as a sleep level, may come as a number.
    String text =
        value instanceof Number number && Scalars.finite(number) ? Scalars.plain(number) : null;
    if (value instanceof String || names.contains(text)) {
      String given = text == null ? value.toString() : text;
      for (E candidate : EnumSet.allOf(type)) {
        if (candidate.wireName().equals(given)) {
          return candidate;
        }
      }
      collector.add(Violation.unsupported(field, given, names));
    } else {
      wrongType(field, value, "must be one of " + String.join(", ", names));
    }
    return null;
  }

  private static Violation tooManyEntries(String field, int count) {
    String message = "has " + count + " entries; at most " + MOST_ENTRIES + " are read";
    return Violation.invalidUnshown(field, message);
  }

  private void wrongType(String field, Object value, String message) {
    collector.add(Scalars.wrongType(field, value, message, false));
  }
}
