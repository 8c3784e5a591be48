package ai.greenthread.runtimes.http;

import java.time.Duration;

/**
 * What one client may cost the server.
 *
 * @param headBytes request line and headers together, in bytes; above it 431
 * @param bodyBytes request body, in bytes; above it 413
 * @param connections open connections; one more is closed without an answer
 * @param headTime how long a request head may take to arrive
 * @param idleTime how long a kept-alive connection may stay unused
 */
public record HttpLimits(
    int headBytes, int bodyBytes, int connections, Duration headTime, Duration idleTime) {

  public static final HttpLimits DEFAULT =
      new HttpLimits(64 << 10, 32 << 20, 2048, Duration.ofSeconds(30), Duration.ofMinutes(10));
}
