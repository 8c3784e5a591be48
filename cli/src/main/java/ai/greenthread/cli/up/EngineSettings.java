package ai.greenthread.cli.up;

import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.policy.PolicyName;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the person who starts an engine asked for.
 *
 * @param data data directory; created where it does not exist
 * @param proxyPort port of the proxy on the loopback address, free a moment ago
 * @param manifests files and directories of manifests to serve and to watch, in the order given
 * @param demo whether the shipped demo fleet is served
 * @param virtualGpus sizes of the virtual devices to make, on top of the real ones
 * @param history folder for the history of requests, if one is kept
 * @param policy who is woken and who leaves
 * @param wakesAtOnce GPUs that may load weights at the same time; 0 for all
 */
public record EngineSettings(
    Path data,
    int proxyPort,
    List<Path> manifests,
    boolean demo,
    List<Bytes> virtualGpus,
    Optional<Path> history,
    PolicyName policy,
    int wakesAtOnce) {
  public EngineSettings {
    manifests = List.copyOf(manifests);
    virtualGpus = List.copyOf(virtualGpus);
  }
}
