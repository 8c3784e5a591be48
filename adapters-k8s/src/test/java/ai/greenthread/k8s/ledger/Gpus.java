package ai.greenthread.k8s.ledger;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.controlplane.ControlPlane;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;

/** GPU objects for tests. */
final class Gpus {
  private Gpus() {}

  static void create(JsonApi api, String namespace, GpuId device, Bytes total) {
    String object =
        """
        {"apiVersion": "%s", "kind": "GPU", "metadata": {"name": "%s"},
         "spec": {"nodeName": "%s", "index": %d, "product": "NVIDIA-A40", "totalMemoryBytes": %d}}
        """
            .formatted(
                Resource.API_VERSION,
                device.objectName(),
                device.node(),
                device.index(),
                total.count());
    try {
      ControlPlane.demand(
          api.create(Resource.GPU.path(namespace), JsonParser.parseString(object)),
          "create " + device);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
