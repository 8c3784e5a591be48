package ai.greenthread.k8s.controller;

import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import java.io.IOException;

/**
 * Deletes GPU objects that nobody is on and whose node is gone for good: no agent is left that
 * would, and they would count as room. A node that comes back has an agent that makes them anew.
 */
final class LostNodes {
  private static final System.Logger LOG = System.getLogger(LostNodes.class.getName());
  private static final int NOT_FOUND = 404;

  private final JsonApi api;
  private final Sight sight;

  LostNodes(JsonApi api, Sight sight) {
    this.api = api;
    this.sight = sight;
  }

  void clear() throws IOException {
    for (JsonObject object : sight.gpuObjects.all()) {
      String node = Trees.text(Trees.at(object, "spec"), "nodeName").orElse("");
      boolean free =
          GpuView.of(object)
              .filter(gpu -> DepartedReplicas.replicas(gpu.record()).isEmpty())
              .isPresent();
      if (free && sight.nodes.find("", node).isEmpty() && nodeIsGone(node)) {
        String path = Resource.GPU.path(Trees.namespace(object), Trees.name(object));
        // Not if anybody has written to it since it was seen.
        Answer answer = api.deleteUnchanged(path, object);
        if (answer.ok()) {
          LOG.log(
              System.Logger.Level.INFO, "{0} is gone with its node {1}", Trees.name(object), node);
        }
      }
    }
  }

  private boolean nodeIsGone(String node) throws IOException {
    return api.get("/api/v1/nodes/" + node).status() == NOT_FOUND;
  }
}
