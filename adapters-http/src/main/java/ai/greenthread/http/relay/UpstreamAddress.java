package ai.greenthread.http.relay;

import java.net.URI;

/**
 * Where an upstream listens.
 *
 * @param host name or address; IPv6 without brackets
 * @param port 1–65535
 */
public record UpstreamAddress(String host, int port) {
  public UpstreamAddress {
    if (host.isEmpty()) {
      throw new IllegalArgumentException("an upstream needs a host");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("not a port: " + port);
    }
  }

  /** From {@code http://host:port}; the path is not looked at. */
  public static UpstreamAddress of(URI uri) {
    String host = uri.getHost();
    if (!"http".equalsIgnoreCase(uri.getScheme()) || host == null) {
      throw new IllegalArgumentException("an upstream is http://host:port, not " + uri);
    }
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    return new UpstreamAddress(bare, uri.getPort() < 0 ? 80 : uri.getPort());
  }

  /** As in a {@code Host} header. */
  public String authority() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  @Override
  public String toString() {
    return authority();
  }
}
