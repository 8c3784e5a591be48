package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.policy.PolicyName;
import ai.greenthread.scheduling.runtime.HostLink;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What an engine on one machine is started with.
 *
 * @param data folder that holds applied models, logs, and what a later start needs to know
 * @param proxyPort loopback port of lc-proxy; 0 for any free one
 * @param manifests files and folders of Model manifests; watched for change
 * @param virtualGpus sizes of virtual devices; none to use the machine's own GPUs
 * @param history folder for a line about every request and every step of a sidecar, without
 *     prompts, for those who check that no request was lost
 * @param policy who is woken and who leaves
 * @param wakesAtOnce GPUs that may load weights at the same time; 0 for all
 */
public record StandaloneConfig(
    Path data,
    int proxyPort,
    List<Path> manifests,
    List<Bytes> virtualGpus,
    Optional<Path> history,
    PolicyName policy,
    int wakesAtOnce) {
  public StandaloneConfig {
    manifests = List.copyOf(manifests);
    virtualGpus = List.copyOf(virtualGpus);
    if (proxyPort < 0 || proxyPort > 65_535) {
      throw new IllegalArgumentException("a port is between 0 and 65535, not " + proxyPort);
    }
    HostLink.require(wakesAtOnce);
  }

  /** An engine with its state in {@code data}, any free port and the machine's own GPUs. */
  public static StandaloneConfig in(Path data) {
    return new StandaloneConfig(
        data, 0, List.of(), List.of(), Optional.empty(), PolicyName.BOUNDED, 0);
  }

  /** Serves these manifests too. */
  public StandaloneConfig withManifests(Path... files) {
    return new StandaloneConfig(
        data, proxyPort, List.of(files), virtualGpus, history, policy, wakesAtOnce);
  }

  /** Uses virtual devices of these sizes. */
  public StandaloneConfig withVirtualGpus(Bytes... sizes) {
    return new StandaloneConfig(
        data, proxyPort, manifests, List.of(sizes), history, policy, wakesAtOnce);
  }
}
