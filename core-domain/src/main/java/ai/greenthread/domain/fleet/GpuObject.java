package ai.greenthread.domain.fleet;

/**
 * The {@code spec} of a {@code GPU} object: what one device is. The record itself checks nothing;
 * {@link GpuManifest} says everything that is wrong with one at once.
 *
 * @param name {@code metadata.name}
 * @param nodeName node that carries the device
 * @param index position on its node, from 0
 * @param uuid the driver's lasting name; empty where it is not known
 * @param product as the driver or the node label writes it; empty where it is not known
 * @param totalMemoryBytes the whole device
 * @param headroomBytes never handed out; default 0
 * @param virtual no hardware; default false
 */
public record GpuObject(
    String name,
    String nodeName,
    int index,
    String uuid,
    String product,
    long totalMemoryBytes,
    long headroomBytes,
    boolean virtual) {
  public static final String KIND = "GPU";
}
