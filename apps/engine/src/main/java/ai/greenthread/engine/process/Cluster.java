package ai.greenthread.engine.process;

import ai.greenthread.k8s.client.JsonApi;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.util.ClientBuilder;
import java.io.IOException;
import java.time.Duration;

/** The way to the API server, as every process of the engine finds it. */
public final class Cluster {
  private Cluster() {}

  /**
   * The file that {@code KUBECONFIG} names, else what Kubernetes mounts into a pod, else the file
   * in the user's home.
   *
   * @throws IOException when what was found cannot be read
   */
  public static ApiClient connect() throws IOException {
    return ClientBuilder.standard().build();
  }

  /**
   * The same, for objects as trees.
   *
   * @param timeout longest time for one call
   */
  public static JsonApi api(Duration timeout) throws IOException {
    return new JsonApi(connect(), timeout);
  }
}
