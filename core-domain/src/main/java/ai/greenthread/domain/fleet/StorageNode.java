package ai.greenthread.domain.fleet;

import ai.greenthread.domain.Quantity;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The {@code spec} of a {@code StorageNode} object: where one node keeps weights. The record itself
 * checks nothing; {@link StorageNodeManifest} says everything that is wrong with one at once.
 *
 * @param name {@code metadata.name}
 * @param nodeName node that keeps the weights
 * @param address where peers reach its storage server, {@code host:port}; empty where none runs
 * @param modelsPath folder of the weights on the node; default {@code /mnt/models}
 * @param pinnedMemoryOrNull host memory for pinned weights; null for a size that suits the node
 * @param pinnedChunks transfers at once; default 8
 */
public record StorageNode(
    String name,
    String nodeName,
    String address,
    String modelsPath,
    @Nullable Quantity pinnedMemoryOrNull,
    int pinnedChunks) {
  public static final String KIND = "StorageNode";
  public static final String DEFAULT_MODELS_PATH = "/mnt/models";
  public static final int DEFAULT_PINNED_CHUNKS = 8;

  public Optional<Quantity> pinnedMemory() {
    return Optional.ofNullable(pinnedMemoryOrNull);
  }
}
