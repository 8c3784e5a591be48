package ai.greenthread.scheduling.lab;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.Fairness;
import java.time.Duration;

/**
 * A model of the described fleet.
 *
 * @param gpus how many devices it spans
 * @param needPerGpu memory that it needs on each of them to serve
 * @param residual memory that stays on each while it sleeps
 * @param weightsPerGpu bytes that a wake brings to each device
 * @param sleep from its last request to the memory being back
 * @param speed how fast it answers
 * @param fairness its knobs
 * @param idleTimeout time without requests after which it sleeps by itself
 * @param drainTimeout longest that its requests may go on once it has been asked to leave
 */
public record LabModel(
    String name,
    int gpus,
    Bytes needPerGpu,
    Bytes residual,
    Bytes weightsPerGpu,
    Duration sleep,
    Speed speed,
    Fairness fairness,
    Duration idleTimeout,
    Duration drainTimeout) {

  /**
   * A server with continuous batching, as far as waiting times go: a prompt is read at one rate,
   * and tokens come the slower the more requests run beside it.
   *
   * @param promptTokensPerSecond while a prompt is read
   * @param token between two tokens of a request that runs alone
   * @param slowdown share of {@code token} that each further request in the batch adds
   * @param batch most requests at once
   */
  public record Speed(double promptTokensPerSecond, Duration token, double slowdown, int batch) {

    /** From the start of a request to its first token, in microseconds. */
    public long firstToken(int contextTokens) {
      return Math.round(contextTokens * 1e6 / promptTokensPerSecond) + token.toNanos() / 1_000;
    }

    /** Between two tokens, in microseconds, while so many requests run. */
    public double betweenTokens(int running) {
      return token.toNanos() / 1e3 * (1 + slowdown * Math.max(0, running - 1));
    }
  }

  /** The same with other knobs. */
  public LabModel with(Fairness other) {
    return new LabModel(
        name,
        gpus,
        needPerGpu,
        residual,
        weightsPerGpu,
        sleep,
        speed,
        other,
        idleTimeout,
        drainTimeout);
  }
}
