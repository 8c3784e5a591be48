package ai.greenthread.runtimes.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One request, read to its end. */
public final class HttpRequest {
  private final String method;
  private final String path;
  private final Map<String, List<String>> query;
  private final Map<String, String> headers;
  private final byte[] body;
  private final boolean keepAlive;

  HttpRequest(
      String method,
      String path,
      Map<String, List<String>> query,
      Map<String, String> headers,
      byte[] body,
      boolean keepAlive) {
    this.method = method;
    this.path = path;
    this.query = query;
    this.headers = headers;
    this.body = body;
    this.keepAlive = keepAlive;
  }

  public String method() {
    return method;
  }

  /** The path, decoded and without the query. */
  public String path() {
    return path;
  }

  /** The bytes themselves, not a copy. */
  public byte[] body() {
    return body;
  }

  boolean keepAlive() {
    return keepAlive;
  }

  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
  }

  public Optional<String> queryValue(String name) {
    return Optional.ofNullable(query.get(name)).map(List::getLast);
  }

  public List<String> queryValues(String name) {
    return query.getOrDefault(name, List.of());
  }

  static Map<String, List<String>> parseQuery(String query) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String pair : query.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
      values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }
    return values;
  }

  /** Throws IllegalArgumentException where a percent escape is broken. */
  static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
