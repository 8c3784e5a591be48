package ai.greenthread.domain.gpu;

import ai.greenthread.domain.Bytes;

/**
 * One device as found when the node was looked at; what changes while it runs is a {@link
 * GpuReading}.
 *
 * @param id node and index, the name the rest of the engine uses
 * @param uuid the driver's lasting name for the device, which survives a changed index
 * @param product name for people, as the driver tells it
 * @param total memory of the whole device, more than zero
 * @param kind hardware or virtual
 * @param partitioned whether MIG mode is on: the device is then split into instances, and the
 *     driver may not tell the memory of each process
 */
public record GpuDevice(
    GpuId id, String uuid, String product, Bytes total, GpuKind kind, boolean partitioned) {
  public GpuDevice {
    if (uuid.isBlank()) {
      throw new IllegalArgumentException(id + " needs a uuid");
    }
    if (product.isBlank()) {
      throw new IllegalArgumentException(id + " needs a product name");
    }
    if (total.isZero()) {
      throw new IllegalArgumentException(id + " needs a memory size above zero");
    }
  }

  public boolean virtual() {
    return kind == GpuKind.VIRTUAL;
  }
}
