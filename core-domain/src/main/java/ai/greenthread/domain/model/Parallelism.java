package ai.greenthread.domain.model;

/**
 * Over how many GPUs one replica spreads ({@code spec.parallelism}).
 *
 * @param tensor GPUs that share every layer: a power of two, neighbouring devices of one node;
 *     default 1
 * @param pipeline groups of such GPUs that hold the layers one after the other; default 1
 */
public record Parallelism(int tensor, int pipeline) {
  public static final Parallelism DEFAULT = new Parallelism(1, 1);

  /** GPUs that one replica claims. */
  public int gpus() {
    return Math.multiplyExact(tensor, pipeline);
  }
}
