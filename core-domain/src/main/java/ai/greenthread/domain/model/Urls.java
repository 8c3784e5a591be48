package ai.greenthread.domain.model;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** Base URLs of servers that already run. */
final class Urls {
  private static final String EXAMPLE = "such as http://127.0.0.1:8000";

  private Urls() {}

  /** What is wrong with a base URL, never repeating it: it might hold a password. */
  static Optional<String> problem(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException _) {
      return Optional.of("must be a URL " + EXAMPLE);
    }
    String scheme = url.getScheme();
    if (scheme == null || !(scheme.equals("http") || scheme.equals("https"))) {
      return Optional.of("must start with http:// or https://, " + EXAMPLE);
    }
    if (url.getRawUserInfo() != null) {
      return Optional.of("must not hold a user or password; remove what stands before '@'");
    }
    if (url.getHost() == null || url.getPort() == 0 || url.getPort() > 65535) {
      return Optional.of("must name a host, and a port from 1 to 65535 if any, " + EXAMPLE);
    }
    String path = url.getRawPath();
    boolean bare =
        (path == null || path.isEmpty() || path.equals("/")) && url.getRawQuery() == null;
    if (!bare || url.getRawFragment() != null) {
      return Optional.of("must be the server's base URL without a path such as /v1, " + EXAMPLE);
    }
    return Optional.empty();
  }
}
