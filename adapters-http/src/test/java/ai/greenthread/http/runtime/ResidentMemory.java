package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Measures as for a virtual device: what a process and its descendants have resident. */
final class ResidentMemory implements FootprintMeter {
  @Override
  public Map<GpuId, Bytes> measure(long pid, List<GpuId> devices) {
    long resident =
        ProcessHandle.of(pid)
            .map(root -> {
              try (Stream<ProcessHandle> below = root.descendants()) {
                return of(pid) + below.mapToLong(child -> of(child.pid())).sum();
              }
            })
            .orElse(0L);
    var footprint = new HashMap<GpuId, Bytes>();
    devices.forEach(device -> footprint.put(device, new Bytes(resident)));
    return footprint;
  }

  /** Bytes that one process has resident; zero when it has ended. */
  static long of(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException _) {
      return 0;
    }
  }
}
