package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import java.nio.file.Path;
import java.util.List;

/**
 * What an engine on one machine is started with.
 *
 * @param data folder that holds applied models, logs, and what a later start needs to know
 * @param proxyPort loopback port of lc-proxy; 0 for any free one
 * @param manifests files and folders of Model manifests; watched for change
 * @param virtualGpus sizes of virtual devices; none to use the machine's own GPUs
 */
public record StandaloneConfig(
    Path data, int proxyPort, List<Path> manifests, List<Bytes> virtualGpus) {
  public StandaloneConfig {
    manifests = List.copyOf(manifests);
    virtualGpus = List.copyOf(virtualGpus);
    if (proxyPort < 0 || proxyPort > 65_535) {
      throw new IllegalArgumentException("a port is between 0 and 65535, not " + proxyPort);
    }
  }

  /** An engine with its state in {@code data}, any free port and the machine's own GPUs. */
  public static StandaloneConfig in(Path data) {
    return new StandaloneConfig(data, 0, List.of(), List.of());
  }

  /** Serves these manifests too. */
  public StandaloneConfig withManifests(Path... files) {
    return new StandaloneConfig(data, proxyPort, List.of(files), virtualGpus);
  }

  /** Uses virtual devices of these sizes. */
  public StandaloneConfig withVirtualGpus(Bytes... sizes) {
    return new StandaloneConfig(data, proxyPort, manifests, List.of(sizes));
  }
}
