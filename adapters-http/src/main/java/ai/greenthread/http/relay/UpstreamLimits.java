package ai.greenthread.http.relay;

import java.time.Duration;

/**
 * Limits of an {@link UpstreamPool}.
 *
 * @param maxOpenConnections connections open at once; one more is refused
 * @param maxIdleConnections connections kept for reuse
 * @param idleTimeout a connection unused for so long is closed; shorter than the server's own (5 s
 *     for uvicorn)
 * @param connectTimeout longest wait for a connection
 * @param headTimeout longest wait for the head of an answer, unless the request says otherwise
 * @param silenceTimeout longest silence within a body
 * @param maxHeadBytes size of an answer's head
 * @param maxHeaderCount header fields of an answer
 * @param bufferBytes size of the buffer that each connection keeps
 */
public record UpstreamLimits(
    int maxOpenConnections,
    int maxIdleConnections,
    Duration idleTimeout,
    Duration connectTimeout,
    Duration headTimeout,
    Duration silenceTimeout,
    int maxHeadBytes,
    int maxHeaderCount,
    int bufferBytes) {
  public static final UpstreamLimits DEFAULT =
      new UpstreamLimits(
          10_000,
          256,
          Duration.ofSeconds(4),
          Duration.ofSeconds(5),
          Duration.ofMinutes(10),
          Duration.ofMinutes(10),
          64 * 1024,
          128,
          8 * 1024);

  public UpstreamLimits {
    requireAtLeast("maxOpenConnections", maxOpenConnections, 1);
    requireAtLeast("maxIdleConnections", maxIdleConnections, 0);
    requireAtLeast("maxHeaderCount", maxHeaderCount, 1);
    requireAtLeast("bufferBytes", bufferBytes, 64);
    requireAtLeast("maxHeadBytes", maxHeadBytes, bufferBytes);
    requirePositive("idleTimeout", idleTimeout);
    requirePositive("connectTimeout", connectTimeout);
    requirePositive("headTimeout", headTimeout);
    requirePositive("silenceTimeout", silenceTimeout);
  }

  public UpstreamLimits withIdleTimeout(Duration timeout) {
    return new UpstreamLimits(
        maxOpenConnections,
        maxIdleConnections,
        timeout,
        connectTimeout,
        headTimeout,
        silenceTimeout,
        maxHeadBytes,
        maxHeaderCount,
        bufferBytes);
  }

  private static void requireAtLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", not " + value);
    }
  }

  private static void requirePositive(String name, Duration value) {
    if (value.toMillis() < 1 || value.toMillis() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(name + " must be 1 ms to 24 days, not " + value);
    }
  }
}
