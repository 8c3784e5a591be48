package ai.greenthread.k8s.node;

import com.google.gson.JsonObject;
import java.nio.file.Path;

/**
 * What the containers of one pod share.
 *
 * @param folder of the pod's files
 * @param address the pod's own, 10.a.b.c
 * @param nodeAddress the node's, 10.a.b.1
 */
record PodContext(NodeSpec spec, NodeApi api, Path folder, String address, String nodeAddress) {
  String loopback() {
    return Addresses.loopback(address);
  }

  Fields fields() {
    return new Fields(loopback(), Addresses.loopback(nodeAddress));
  }

  Volumes volumes(JsonObject pod) {
    return new Volumes(
        api, fields(), pod, folder.resolve("volumes"), spec.folder().resolve("claims"));
  }

  Environment environment() {
    return new Environment(api, fields(), loopback(), Addresses.loopback(nodeAddress));
  }
}
