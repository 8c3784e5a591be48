package ai.greenthread.http.relay;

import java.time.Duration;
import java.util.Optional;

/**
 * A request to an upstream. {@code Host} and {@code Content-Length} are written by the connection;
 * they must not be among the headers, nor may hop-by-hop fields.
 *
 * @param method for example {@code POST}
 * @param target path and query as they go on the wire
 * @param headers end-to-end header fields
 * @param body the whole body; empty for none. Not copied: the caller must not change it
 * @param headTimeout longest wait for the head of the answer; empty for the pool's own
 */
public record UpstreamRequest(
    String method,
    String target,
    HeaderFields headers,
    byte[] body,
    Optional<Duration> headTimeout) {
  private static final byte[] NO_BODY = {};

  public UpstreamRequest {
    requireVisible("method", method);
    requireVisible("target", target);
  }

  public static UpstreamRequest get(String target, HeaderFields headers) {
    return new UpstreamRequest("GET", target, headers, NO_BODY, Optional.empty());
  }

  public static UpstreamRequest post(String target, HeaderFields headers, byte[] body) {
    return new UpstreamRequest("POST", target, headers, body, Optional.empty());
  }

  public UpstreamRequest withHeadTimeout(Duration timeout) {
    return new UpstreamRequest(method, target, headers, body, Optional.of(timeout));
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
