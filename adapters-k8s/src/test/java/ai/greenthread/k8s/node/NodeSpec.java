package ai.greenthread.k8s.node;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What a stand-in node is like.
 *
 * @param name of the Node object
 * @param folder where pods' files and logs go; the node's own, and the same at every run, so that
 *     what a killed run left is found
 * @param images how containers are started
 * @param labels beside those every node has
 * @param taints {@code key=value:Effect}
 * @param capacity quantities by resource, over a default of 16 CPUs, 64 GiB and 110 pods
 * @param environment variables that every process gets unless its container says otherwise
 * @param apiPort where pods meet the API server on 127.0.0.1, if it is not the server's own port: a
 *     proxy's
 * @param restartBackoff the first wait before a container is started again; it doubles up to 20
 *     times itself
 * @param leasePeriod how often the node says that it is alive
 */
public record NodeSpec(
    String name,
    Path folder,
    Images images,
    Map<String, String> labels,
    List<String> taints,
    Map<String, String> capacity,
    Map<String, String> environment,
    OptionalInt apiPort,
    Duration restartBackoff,
    Duration leasePeriod) {
  public NodeSpec {
    folder = folder.toAbsolutePath().normalize();
    labels = Map.copyOf(labels);
    taints = List.copyOf(taints);
    capacity = Map.copyOf(capacity);
    environment = Map.copyOf(environment);
  }

  /** A plain node without GPUs. */
  public static NodeSpec of(String name, Path folder) {
    return new NodeSpec(
        name,
        folder,
        Images.none(),
        Map.of(),
        List.of(),
        Map.of(),
        Map.of(),
        OptionalInt.empty(),
        Duration.ofMillis(200),
        Duration.ofSeconds(3));
  }

  public NodeSpec images(Images all) {
    return new NodeSpec(
        name,
        folder,
        all,
        labels,
        taints,
        capacity,
        environment,
        apiPort,
        restartBackoff,
        leasePeriod);
  }

  public NodeSpec label(String key, String value) {
    return new NodeSpec(
        name,
        folder,
        images,
        with(labels, key, value),
        taints,
        capacity,
        environment,
        apiPort,
        restartBackoff,
        leasePeriod);
  }

  /** Labelled like a node whose GPUs were discovered. */
  public NodeSpec gpus(String product) {
    return label("nvidia.com/gpu.present", "true").label("nvidia.com/gpu.product", product);
  }

  public NodeSpec taints(String... all) {
    return new NodeSpec(
        name,
        folder,
        images,
        labels,
        List.of(all),
        capacity,
        environment,
        apiPort,
        restartBackoff,
        leasePeriod);
  }

  public NodeSpec capacity(String resource, String quantity) {
    return new NodeSpec(
        name,
        folder,
        images,
        labels,
        taints,
        with(capacity, resource, quantity),
        environment,
        apiPort,
        restartBackoff,
        leasePeriod);
  }

  public NodeSpec environment(String variable, String value) {
    return new NodeSpec(
        name,
        folder,
        images,
        labels,
        taints,
        capacity,
        with(environment, variable, value),
        apiPort,
        restartBackoff,
        leasePeriod);
  }

  public NodeSpec apiPort(int port) {
    return new NodeSpec(
        name,
        folder,
        images,
        labels,
        taints,
        capacity,
        environment,
        OptionalInt.of(port),
        restartBackoff,
        leasePeriod);
  }

  private static Map<String, String> with(Map<String, String> all, String key, String value) {
    Map<String, String> more = new LinkedHashMap<>(all);
    more.put(key, value);
    return more;
  }
}
