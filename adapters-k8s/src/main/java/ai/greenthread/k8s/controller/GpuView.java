package ai.greenthread.k8s.controller;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.ledger.GpuObjects;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import com.google.gson.JsonObject;
import java.util.Optional;

/**
 * A GPU object as far as decisions need it.
 *
 * @param product as the node label spells it
 * @param healthy something new may be placed on it
 * @param record the ledger's
 */
record GpuView(GpuId id, String uuid, String product, boolean healthy, DeviceRecord record) {
  /** Empty for an object that is none of this engine's. */
  static Optional<GpuView> of(JsonObject object) {
    try {
      DeviceRecord record = GpuObjects.read(object);
      JsonObject spec = Trees.at(object, "spec");
      return Optional.of(
          new GpuView(
              record.id(),
              Trees.text(spec, "uuid").orElse(record.id().objectName()),
              Trees.text(spec, "product").orElse("").strip().replace(' ', '-'),
              !Trees.text(Trees.at(object, "status"), "health").equals(Optional.of("Unhealthy")),
              record));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
