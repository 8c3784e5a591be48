package ai.greenthread.http.relay;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which header fields are passed on: not those that belong to one connection (RFC 9110, 7.6.1), not
 * those that {@code Connection} names, and not further ones that the owner of this filter writes
 * itself. Immutable.
 */
public final class HopByHop {
  private static final Set<String> ALWAYS =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** Names by their length: nearly every name is told from all of them by that alone. */
  private final List<List<String>> dropped;

  private HopByHop(Set<String> names) {
    int longest = names.stream().mapToInt(String::length).max().orElse(0);
    var byLength = new ArrayList<List<String>>();
    for (int length = 0; length <= longest; length++) {
      int wanted = length;
      byLength.add(names.stream().filter(name -> name.length() == wanted).toList());
    }
    this.dropped = List.copyOf(byLength);
  }

  /**
   * A filter.
   *
   * @param further names dropped besides, in lower case
   */
  public static HopByHop and(String... further) {
    Set<String> dropped = new HashSet<>(ALWAYS);
    dropped.addAll(List.of(further));
    return new HopByHop(dropped);
  }

  /** A copy of what is passed on. */
  public HeaderFields filter(HeaderFields fields) {
    HeaderFields kept = fields.copy();
    strip(kept);
    return kept;
  }

  /** Takes off what is not passed on. */
  public void strip(HeaderFields fields) {
    Set<String> named = namedBy(fields);
    fields.removeIf(
        name -> drops(name) || (!named.isEmpty() && named.contains(name.toLowerCase(Locale.ROOT))));
  }

  /** Whether fields of this name are dropped, whatever {@code Connection} says. */
  private boolean drops(String name) {
    if (name.length() >= dropped.size()) {
      return false;
    }
    List<String> sameLength = dropped.get(name.length());
    for (int i = 0; i < sameLength.size(); i++) {
      if (sameLength.get(i).equalsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }

  private static Set<String> namedBy(HeaderFields fields) {
    if (!fields.contains("Connection")) {
      return Set.of();
    }
    Set<String> named = new HashSet<>();
    for (String line : fields.all("Connection")) {
      if (isPlain(line)) {
        continue;
      }
      for (String token : line.split(",", -1)) {
        named.add(token.strip().toLowerCase(Locale.ROOT));
      }
    }
    return named;
  }

  private static boolean isPlain(String value) {
    return value.equalsIgnoreCase("keep-alive") || value.equalsIgnoreCase("close");
  }
}
