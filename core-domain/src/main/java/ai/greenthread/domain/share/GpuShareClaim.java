package ai.greenthread.domain.share;

import ai.greenthread.domain.Quantity;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A part of one or more GPUs for pods that are not Models: the {@code GPUShareClaim} object of
 * {@code greenthread.ai/v1alpha1} without what the server adds to it. The record itself checks
 * nothing; {@link GpuShareManifest} says everything that is wrong with one at once.
 *
 * @param namespace namespace of the claim and of the pods that use it
 * @param name {@code metadata.name}
 * @param mode a part of each device or the whole of it; default shared
 * @param memoryOrNull memory on each device; with {@link ShareMode#EXCLUSIVE} the least that each
 *     must have, null for any
 * @param count devices, neighbours on one node; default 1
 * @param product GPU product that the node must carry, as its label writes it; empty for any
 * @param computePercentOrNull share of each device's compute time that is granted whatever others
 *     do, in percent; null for none
 * @param weightOrNull share of the compute time that is not granted to others; null for {@link
 *     #USUAL_WEIGHT}
 * @param priority of claims that wait the higher goes first; default 0
 */
public record GpuShareClaim(
    String namespace,
    String name,
    ShareMode mode,
    @Nullable Quantity memoryOrNull,
    int count,
    String product,
    @Nullable Integer computePercentOrNull,
    @Nullable Integer weightOrNull,
    int priority) {
  public static final String KIND = "GPUShareClaim";
  public static final int USUAL_WEIGHT = 100;

  public Optional<Quantity> memory() {
    return Optional.ofNullable(memoryOrNull);
  }

  public Optional<Integer> computePercent() {
    return Optional.ofNullable(computePercentOrNull);
  }

  public int weight() {
    return weightOrNull == null ? USUAL_WEIGHT : weightOrNull;
  }
}
