package ai.greenthread.engine.sidecar;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.policy.PolicyName;
import ai.greenthread.scheduling.runtime.HostLink;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a sidecar is told at its start; the controller says most of it when it makes the pod.
 *
 * @param model as it was when the pod was made
 * @param ordinal which replica
 * @param devices of the pod
 * @param replaceHash of the spec, under which measurements are kept
 * @param podUid tells the pod from one of the same name before or after it
 * @param systemNamespace where GPU objects are
 * @param host address to listen on
 * @param port port to listen on, 0 for any free one
 * @param runtime where the inference server listens once it is started
 * @param agent where the node's agent answers
 * @param run folder shared with the inference container
 * @param apiTimeout longest time for one call to the API server
 * @param touchPeriod how often use is reported to the GPU objects while it changes
 * @param policy who is woken and who leaves
 * @param wakesAtOnce GPUs of the node that may load weights at the same time; 0 for all
 */
record SidecarConfig(
    Model model,
    int ordinal,
    List<GpuId> devices,
    String replaceHash,
    String podUid,
    String systemNamespace,
    String host,
    int port,
    URI runtime,
    URI agent,
    Path run,
    Duration apiTimeout,
    Duration touchPeriod,
    PolicyName policy,
    int wakesAtOnce) {
  SidecarConfig {
    devices = List.copyOf(devices);
    if (devices.isEmpty()) {
      throw new IllegalArgumentException("a sidecar needs the GPU objects of its pod");
    }
    HostLink.require(wakesAtOnce);
    if (ordinal < 0) {
      throw new IllegalArgumentException("the ordinal of a replica is not negative: " + ordinal);
    }
  }

  ReplicaId replica() {
    return new ReplicaId(model.ref(), ordinal);
  }
}
