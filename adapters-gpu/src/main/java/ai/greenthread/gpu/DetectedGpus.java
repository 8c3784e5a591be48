package ai.greenthread.gpu;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuInventory;
import ai.greenthread.domain.gpu.GpuProbe;
import ai.greenthread.domain.gpu.GpuProcesses;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.domain.gpu.VirtualGpuUsage;

/**
 * The probe that works on this node, with the remarks of all that were tried.
 *
 * @param inventory the devices and every probe's notes
 * @param probe the one that answers from now on
 * @param usage where starters of processes say on which device they run
 */
public record DetectedGpus(GpuInventory inventory, GpuProbe probe, VirtualGpuUsage usage)
    implements GpuProbe {
  @Override
  public GpuReading read(GpuId gpu) {
    return probe.read(gpu);
  }

  @Override
  public GpuProcesses processes(GpuId gpu) {
    return probe.processes(gpu);
  }

  @Override
  public void close() {
    probe.close();
  }
}
