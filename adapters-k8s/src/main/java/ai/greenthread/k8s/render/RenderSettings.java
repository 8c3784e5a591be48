package ai.greenthread.k8s.render;

import ai.greenthread.scheduling.policy.PolicyName;
import ai.greenthread.scheduling.runtime.HostLink;
import java.util.List;
import java.util.Map;

/**
 * What an operator decides for all Models.
 *
 * @param systemNamespace where GPU objects and the engine's own parts are
 * @param sidecarImage of the sidecar, and of the servers that come with GreenThread
 * @param vllmImage of vLLM, where a Model names none
 * @param llamaImage of llama.cpp's server, where a Model names none
 * @param pullSecrets names of image pull secrets, in each namespace with Models
 * @param runtimeClass of all Model pods; empty for the cluster's default
 * @param selection how the container gets its GPUs
 * @param agentPort where the agent of each node answers
 * @param policy by which sidecars take turns
 * @param wakesAtOnce GPUs of a node that may load weights at the same time; 0 for all
 * @param account of pods whose Model names none; made in each namespace with Models
 * @param sidecarResources requests and limits of the sidecar container
 * @param routing how Models are reached from outside
 */
public record RenderSettings(
    String systemNamespace,
    String sidecarImage,
    String vllmImage,
    String llamaImage,
    List<String> pullSecrets,
    String runtimeClass,
    DeviceSelection selection,
    int agentPort,
    PolicyName policy,
    int wakesAtOnce,
    String account,
    Map<String, Map<String, String>> sidecarResources,
    RouteSettings routing) {
  public RenderSettings {
    pullSecrets = List.copyOf(pullSecrets);
    HostLink.require(wakesAtOnce);
    sidecarResources = Map.copyOf(sidecarResources);
  }

  /** How a container gets its GPUs. */
  public enum DeviceSelection {
    /** {@code NVIDIA_VISIBLE_DEVICES}, which NVIDIA's runtime class reads. */
    ENV,
    /** CDI device names in an annotation of the pod. */
    CDI
  }

  /**
   * How Models are reached from outside.
   *
   * @param kind of object that is made for each Model
   * @param host of all Models; empty for any
   * @param scheme {@code http} or {@code https}, as the world sees it
   * @param className ingress class, or name of the Gateway
   * @param gatewayNamespace of the Gateway
   * @param annotations of the objects
   */
  public record RouteSettings(
      RouteKind kind,
      String host,
      String scheme,
      String className,
      String gatewayNamespace,
      Map<String, String> annotations) {
    public RouteSettings {
      annotations = Map.copyOf(annotations);
    }

    /** Models are reached inside the cluster only. */
    public static final RouteSettings NONE =
        new RouteSettings(RouteKind.NONE, "", "http", "", "", Map.of());
  }

  /** The object that leads to a Model. */
  public enum RouteKind {
    INGRESS,
    HTTP_ROUTE,
    NONE
  }
}
