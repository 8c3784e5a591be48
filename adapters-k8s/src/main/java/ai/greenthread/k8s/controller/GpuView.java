package ai.greenthread.k8s.controller;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.ledger.GpuObjects;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * A GPU object as far as decisions need it.
 *
 * @param product as the node label spells it
 * @param healthy something new may be placed on it
 * @param lastHeartbeat when its node's agent last reported it; never for one that has not yet
 * @param headroom memory that is never handed out
 * @param record the ledger's
 */
record GpuView(
    GpuId id,
    String uuid,
    String product,
    boolean healthy,
    Optional<Instant> lastHeartbeat,
    Bytes headroom,
    DeviceRecord record) {
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
              Trees.text(Trees.at(object, "status"), "lastHeartbeat").map(Instant::parse),
              Bytes.of(Trees.number(spec, "headroomBytes")),
              record));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
