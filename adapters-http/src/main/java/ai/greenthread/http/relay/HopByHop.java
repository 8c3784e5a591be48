package ai.greenthread.http.relay;

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

  private final Set<String> dropped;

  private HopByHop(Set<String> dropped) {
    this.dropped = Set.copyOf(dropped);
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
    Set<String> named = namedBy(fields);
    HeaderFields kept = new HeaderFields();
    for (int i = 0; i < fields.size(); i++) {
      String name = fields.name(i).toLowerCase(Locale.ROOT);
      if (!dropped.contains(name) && !named.contains(name)) {
        kept.add(fields.name(i), fields.value(i));
      }
    }
    return kept;
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
