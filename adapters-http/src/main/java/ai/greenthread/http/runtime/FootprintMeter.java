package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.util.List;
import java.util.Map;

/** Measures GPU memory of a process and its descendants. */
@FunctionalInterface
public interface FootprintMeter {
  /**
   * What the process tree holds now, by device.
   *
   * @param pid root of the process tree
   * @param devices where it may hold memory
   * @throws RuntimeFailure when it cannot be measured, which is not zero
   */
  Map<GpuId, Bytes> measure(long pid, List<GpuId> devices) throws RuntimeFailure;
}
