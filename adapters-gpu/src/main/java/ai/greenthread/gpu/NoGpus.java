package ai.greenthread.gpu;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuProbe;
import ai.greenthread.domain.gpu.GpuProcesses;
import ai.greenthread.domain.gpu.GpuReading;

/**
 * A node without devices, and the reasons why none was found.
 *
 * @param inventory no devices, with notes
 */
record NoGpus(GpuInventory inventory) implements GpuProbe {
  static NoGpus because(String probe, String reason) {
    return new NoGpus(GpuInventory.none(new GpuInventory.Note(probe, reason)));
  }

  /** For the probes: what to throw where their inventory has no such device. */
  static IllegalArgumentException unknown(GpuId gpu, GpuInventory inventory) {
    return new IllegalArgumentException(
        "there is no "
            + gpu
            + " here; there is "
            + inventory.devices().stream().map(d -> d.id().objectName()).toList());
  }

  @Override
  public GpuReading read(GpuId gpu) {
    throw unknown(gpu, inventory);
  }

  @Override
  public GpuProcesses processes(GpuId gpu) {
    throw unknown(gpu, inventory);
  }
}
