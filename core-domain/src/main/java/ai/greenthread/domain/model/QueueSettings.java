package ai.greenthread.domain.model;

import java.time.Duration;

/**
 * How requests wait for the Model ({@code spec.queue}, this project's extension).
 *
 * @param maxDepth most requests that wait at once; one more is answered 429; default 5000
 * @param requestTimeout longest time that a request waits for the Model to serve it, the wake
 *     included; default 300 s (5 min). How long the answer itself may take is not limited: a stream
 *     lasts as long as its client listens
 * @param duringDrain what becomes of requests that arrive while the Model drains
 */
public record QueueSettings(int maxDepth, Duration requestTimeout, DuringDrain duringDrain) {
  public static final QueueSettings DEFAULT =
      new QueueSettings(5000, Duration.ofMinutes(5), DuringDrain.QUEUE);
}
