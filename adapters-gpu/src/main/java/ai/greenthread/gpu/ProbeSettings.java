package ai.greenthread.gpu;

import ai.greenthread.domain.Bytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How to look for devices.
 *
 * @param node the node's name, for the ids
 * @param nvmlLibrary NVIDIA's management library; empty for the usual places
 * @param nvidiaSmi the tool's name in PATH, or a path
 * @param limit how long one probe or one run of a tool may take
 * @param virtualSizes memory of each virtual device; empty for none
 * @param virtualUse when the virtual devices count
 * @param simulatorLedger the file in which simulated inference servers write what they hold on
 *     virtual devices; empty for none
 */
public record ProbeSettings(
    String node,
    Optional<Path> nvmlLibrary,
    String nvidiaSmi,
    Duration limit,
    List<Bytes> virtualSizes,
    VirtualUse virtualUse,
    Optional<Path> simulatorLedger) {
  /**
   * Two kinds of devices on one node would make every reservation ambiguous: it is one or other.
   */
  public enum VirtualUse {
    /** Only where no real device is found. */
    WHERE_NO_REAL_GPU,
    /** Real devices are not looked for. */
    INSTEAD_OF_REAL_GPUS
  }

  public ProbeSettings {
    virtualSizes = List.copyOf(virtualSizes);
    if (!limit.isPositive()) {
      throw new IllegalArgumentException("the time limit of a probe must be above zero: " + limit);
    }
    if (virtualSizes.contains(Bytes.ZERO)) {
      throw new IllegalArgumentException("a virtual GPU needs a memory size above zero");
    }
    if (virtualUse == VirtualUse.INSTEAD_OF_REAL_GPUS && virtualSizes.isEmpty()) {
      throw new IllegalArgumentException(
          "virtual GPUs are asked for, but no sizes are given; name one size for each");
    }
  }

  /** Real devices in their usual places, no virtual ones, and five seconds for each probe. */
  public static ProbeSettings defaults(String node) {
    return new ProbeSettings(
        node,
        Optional.empty(),
        "nvidia-smi",
        Duration.ofSeconds(5),
        List.of(),
        VirtualUse.WHERE_NO_REAL_GPU,
        Optional.empty());
  }

  public ProbeSettings withVirtual(List<Bytes> sizes, VirtualUse use) {
    return new ProbeSettings(node, nvmlLibrary, nvidiaSmi, limit, sizes, use, simulatorLedger);
  }

  public ProbeSettings withNvmlLibrary(Path library) {
    return new ProbeSettings(
        node, Optional.of(library), nvidiaSmi, limit, virtualSizes, virtualUse, simulatorLedger);
  }

  public ProbeSettings withNvidiaSmi(String tool) {
    return new ProbeSettings(
        node, nvmlLibrary, tool, limit, virtualSizes, virtualUse, simulatorLedger);
  }

  public ProbeSettings withLimit(Duration perProbe) {
    return new ProbeSettings(
        node, nvmlLibrary, nvidiaSmi, perProbe, virtualSizes, virtualUse, simulatorLedger);
  }

  public ProbeSettings withSimulatorLedger(Path file) {
    return new ProbeSettings(
        node, nvmlLibrary, nvidiaSmi, limit, virtualSizes, virtualUse, Optional.of(file));
  }
}
