package ai.greenthread.k8s.admission;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.FleetRules;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelManifest;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.Reading;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.ManifestTree;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Asks the API server each time, without a cache: of two Models that are declared one right after
 * the other the second has to meet the first, whichever replica is asked.
 */
public final class ClusterFleet implements Fleet {
  private final JsonApi api;

  /**
   * @param api with a timeout well below the webhook's own
   */
  public ClusterFleet(JsonApi api) {
    this.api = api;
  }

  @Override
  public List<Declared> models() throws IOException {
    List<Declared> models = new ArrayList<>();
    for (JsonObject item : list(Resource.MODEL)) {
      Optional<Model> model =
          ModelManifest.read(ManifestTree.of(item, Resource.MODEL.kind()))
                  instanceof Reading.Valid valid
              ? Optional.of(valid.model())
              : Optional.empty();
      long measured = Trees.number(Trees.at(item, "status"), "servingMemoryPerGPU");
      models.add(
          new Declared(
              new ModelRef(Trees.namespace(item), Trees.name(item)),
              Trees.text(Trees.at(item, "spec"), "modelName").orElse(""),
              model,
              measured > 0 ? Optional.of(Bytes.of(measured)) : Optional.empty()));
    }
    return models;
  }

  @Override
  public List<FleetRules.Device> devices() throws IOException {
    List<FleetRules.Device> devices = new ArrayList<>();
    for (JsonObject item : list(Resource.GPU)) {
      JsonObject spec = Trees.at(item, "spec");
      String node = Trees.text(spec, "nodeName").orElse("");
      long index = Trees.number(spec, "index");
      long headroom = Trees.number(spec, "headroomBytes");
      long capacity = Trees.number(spec, "totalMemoryBytes") - headroom;
      if (!node.isEmpty() && index >= 0 && index <= Integer.MAX_VALUE && capacity > 0) {
        devices.add(
            new FleetRules.Device(
                new GpuId(node, (int) index),
                Trees.text(spec, "product").orElse("").replace(' ', '-'),
                Bytes.of(capacity),
                Bytes.of(headroom)));
      }
    }
    return devices;
  }

  private List<JsonObject> list(Resource resource) throws IOException {
    List<JsonObject> items = new ArrayList<>();
    api.list(resource.path(), "", items::add);
    return items;
  }
}
