package ai.greenthread.http.relay;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Header fields that belong to one connection and are never passed on (RFC 9110, 7.6.1). */
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

  private HopByHop() {}

  /**
   * A copy without hop-by-hop fields, those that {@code Connection} names included, and without the
   * further names given (in lower case).
   */
  public static HeaderFields without(HeaderFields fields, Set<String> further) {
    Set<String> named = namedByConnection(fields);
    HeaderFields kept = new HeaderFields();
    for (int i = 0; i < fields.size(); i++) {
      String name = fields.name(i).toLowerCase(Locale.ROOT);
      if (!ALWAYS.contains(name) && !further.contains(name) && !named.contains(name)) {
        kept.add(fields.name(i), fields.value(i));
      }
    }
    return kept;
  }

  private static Set<String> namedByConnection(HeaderFields fields) {
    List<String> connection = fields.all("Connection");
    if (connection.isEmpty() || (connection.size() == 1 && isPlain(connection.getFirst()))) {
      return Set.of();
    }
    Set<String> named = new HashSet<>();
    for (String line : connection) {
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
