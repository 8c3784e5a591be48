package ai.greenthread.domain.gpu;

/**
 * One physical or virtual device, named as its GPU object is: {@code gpu-<node>-<index>}. Ids sort
 * by node, then by index, which is the order in which locks over several devices are taken.
 *
 * @param node name of the node that carries the device
 * @param index zero-based position on that node
 */
public record GpuId(String node, int index) implements Comparable<GpuId> {
  public GpuId {
    if (node.isEmpty()) {
      throw new IllegalArgumentException("a GPU needs the name of its node");
    }
    if (index < 0) {
      throw new IllegalArgumentException("a GPU index cannot be negative: " + index);
    }
  }

  /** Name of the GPU object. */
  public String objectName() {
    return "gpu-" + node + "-" + index;
  }

  @Override
  public int compareTo(GpuId other) {
    int byNode = node.compareTo(other.node);
    return byNode != 0 ? byNode : Integer.compare(index, other.index);
  }

  @Override
  public String toString() {
    return objectName();
  }
}
