package ai.greenthread.http.relay;

import java.time.Duration;
import java.util.Optional;

/**
 * A request to an upstream. {@code Host} and {@code Content-Length} are written by the connection;
 * they must not be among the headers, nor may hop-by-hop fields. Immutable as long as the caller
 * leaves headers and body alone, which are not copied.
 */
public final class UpstreamRequest {
  private static final byte[] NO_BODY = {};

  private final String method;
  private final String target;
  private final HeaderFields headers;
  private final byte[] body;
  private final Optional<Duration> headTimeout;

  private UpstreamRequest(
      String method,
      String target,
      HeaderFields headers,
      byte[] body,
      Optional<Duration> headTimeout) {
    requireVisible("method", method);
    requireVisible("target", target);
    this.method = method;
    this.target = target;
    this.headers = headers;
    this.body = body;
    this.headTimeout = headTimeout;
  }

  /**
   * A request without a body.
   *
   * @param target path and query as they go on the wire
   */
  public static UpstreamRequest get(String target, HeaderFields headers) {
    return new UpstreamRequest("GET", target, headers, NO_BODY, Optional.empty());
  }

  /**
   * A request with a body, which may be empty.
   *
   * @param target path and query as they go on the wire
   */
  public static UpstreamRequest post(String target, HeaderFields headers, byte[] body) {
    return new UpstreamRequest("POST", target, headers, body, Optional.empty());
  }

  /** The same with one more header field, in place of those of its name. */
  public UpstreamRequest withHeader(String name, String value) {
    HeaderFields more = new HeaderFields();
    headers.forEach(more::add);
    more.removeIf(name::equalsIgnoreCase);
    more.add(name, value);
    return new UpstreamRequest(method, target, more, body, headTimeout);
  }

  /** The same with another limit of the wait for the answer's head than the pool's. */
  public UpstreamRequest withHeadTimeout(Duration timeout) {
    return new UpstreamRequest(method, target, headers, body, Optional.of(timeout));
  }

  public String method() {
    return method;
  }

  public String target() {
    return target;
  }

  HeaderFields headers() {
    return headers;
  }

  byte[] body() {
    return body;
  }

  Optional<Duration> headTimeout() {
    return headTimeout;
  }

  private static void requireVisible(String what, String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("a request needs a " + what);
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c >= 127) {
        throw new IllegalArgumentException(
            "the " + what + " holds a character that is not allowed");
      }
    }
  }
}
