package ai.greenthread.http.relay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Header fields in the order in which they came; names compare without case, a name may repeat.
 * Mutable while a message is put together and confined to the thread that does so.
 */
public final class HeaderFields {
  private final List<String> flat;

  public HeaderFields() {
    this.flat = new ArrayList<>(24);
  }

  private HeaderFields(List<String> flat) {
    this.flat = new ArrayList<>(flat);
  }

  /** Header fields from names and values in turn. */
  public static HeaderFields of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("every header name needs a value");
    }
    return new HeaderFields(List.of(namesAndValues));
  }

  public HeaderFields add(String name, String value) {
    flat.add(name);
    flat.add(value);
    return this;
  }

  /** Replaces every field of this name by one. */
  public HeaderFields set(String name, String value) {
    remove(name);
    return add(name, value);
  }

  public HeaderFields setIfAbsent(String name, String value) {
    return indexOf(name, 0) < 0 ? add(name, value) : this;
  }

  public HeaderFields remove(String name) {
    for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i)) {
      flat.subList(i, i + 2).clear();
    }
    return this;
  }

  HeaderFields copy() {
    return new HeaderFields(flat);
  }

  /** Removes every field whose name fits. */
  void removeIf(Predicate<String> fits) {
    int kept = 0;
    for (int i = 0; i < flat.size(); i += 2) {
      if (!fits.test(flat.get(i))) {
        if (kept != i) {
          flat.set(kept, flat.get(i));
          flat.set(kept + 1, flat.get(i + 1));
        }
        kept += 2;
      }
    }
    flat.subList(kept, flat.size()).clear();
  }

  /** The first field of this name. */
  public Optional<String> first(String name) {
    return Optional.ofNullable(find(name));
  }

  /** Every field of this name, in order. */
  public List<String> all(String name) {
    List<String> values = new ArrayList<>(2);
    for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 2)) {
      values.add(flat.get(i + 1));
    }
    return values;
  }

  public boolean contains(String name) {
    return indexOf(name, 0) >= 0;
  }

  /** Whether a comma-separated list in any field of this name holds the token, without case. */
  public boolean hasToken(String name, String token) {
    for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 2)) {
      for (String part : flat.get(i + 1).split(",", -1)) {
        if (part.strip().equalsIgnoreCase(token)) {
          return true;
        }
      }
    }
    return false;
  }

  public int size() {
    return flat.size() / 2;
  }

  public void forEach(BiConsumer<String, String> action) {
    for (int i = 0; i < flat.size(); i += 2) {
      action.accept(flat.get(i), flat.get(i + 1));
    }
  }

  String name(int index) {
    return flat.get(2 * index);
  }

  String value(int index) {
    return flat.get(2 * index + 1);
  }

  @Nullable String find(String name) {
    int i = indexOf(name, 0);
    return i < 0 ? null : flat.get(i + 1);
  }

  private int indexOf(String name, int from) {
    for (int i = from; i < flat.size(); i += 2) {
      if (flat.get(i).equalsIgnoreCase(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Names only: values may be secrets. */
  @Override
  public String toString() {
    StringBuilder names = new StringBuilder("HeaderFields[");
    for (int i = 0; i < flat.size(); i += 2) {
      names.append(i == 0 ? "" : ", ").append(flat.get(i));
    }
    return names.append(']').toString();
  }
}
