package ai.greenthread.http.runtime;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.runtime.RuntimeFailure;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a pod offers to the server in its other container.
 *
 * @param http for admin calls
 * @param server where the server listens once it is started
 * @param run folder that both containers share: orders go one way, states come the other
 * @param meter measures what the pod holds
 */
public record PodHost(HttpClient http, URI server, Path run, Meter meter) {

  /** Measures GPU memory of all processes of this pod. */
  @FunctionalInterface
  public interface Meter {
    /**
     * What the pod holds now, by device.
     *
     * @throws RuntimeFailure when it cannot be measured, which is not zero
     */
    Map<GpuId, Bytes> measure(List<GpuId> devices) throws RuntimeFailure, InterruptedException;
  }
}
