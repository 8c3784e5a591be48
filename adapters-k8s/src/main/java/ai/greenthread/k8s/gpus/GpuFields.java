package ai.greenthread.k8s.gpus;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The agent's part of GPU objects: all of the spec, and of the status {@code stats}, {@code mode},
 * {@code health}, {@code healthReason} and {@code lastHeartbeat}. All else of the status is the
 * ledger's and stands in no patch that is made here.
 */
final class GpuFields {
  /** Nobody decides anything by smaller changes; a heartbeat brings them all the same. */
  private static final double MEMORY_SHARE = 0.01;

  private static final double PERCENT = 10;
  private static final double CELSIUS = 5;
  private static final double WATTS = 20;

  private static final int LONGEST_REASON = 1024;

  private GpuFields() {}

  /** An object that is not there yet. */
  static JsonObject object(String namespace, GpuDevice device, Bytes headroom) {
    return Trees.object(
        "apiVersion",
        Resource.API_VERSION,
        "kind",
        Resource.GPU.kind(),
        "metadata",
        Trees.object(
            "name",
            device.id().objectName(),
            "namespace",
            namespace,
            "labels",
            labels(device.id().node())),
        "spec",
        spec(device, headroom));
  }

  static JsonObject labels(String node) {
    return Trees.object(
        NodeName.LABEL, NodeName.label(node), "app.kubernetes.io/managed-by", "greenthread");
  }

  static JsonObject spec(GpuDevice device, Bytes headroom) {
    return Trees.object(
        "nodeName",
        device.id().node(),
        "index",
        device.id().index(),
        "uuid",
        device.uuid(),
        "product",
        // As GPU feature discovery writes it into the node's label nvidia.com/gpu.product.
        device.product().strip().replaceAll("\\s+", "-"),
        "totalMemoryBytes",
        device.total().count(),
        "headroomBytes",
        headroom.count(),
        "virtual",
        device.virtual());
  }

  /** Whether the ledger says that anyone is on the device, waits for it or wakes on it. */
  static boolean occupied(JsonObject object) {
    JsonObject status = Trees.at(object, "status");
    return !Trees.items(status, "occupants").isEmpty()
        || !Trees.items(status, "preemptionIntents").isEmpty()
        || !Trees.at(status, "wakeLock").isEmpty();
  }

  /** Pods on the device, by the ledger, for people. */
  static List<String> occupants(JsonObject object) {
    return Trees.items(Trees.at(object, "status"), "occupants").stream()
        .map(occupant ->
            Trees.text(occupant, "namespace").orElse("?")
                + "/"
                + Trees.text(occupant, "podName").orElse("?"))
        .toList();
  }

  /** The status that the agent would have now; an absent value is null, which removes it. */
  static JsonObject status(
      GpuReading reading, GpuHealth health, boolean occupied, boolean inUse, Instant now) {
    JsonObject stats = new JsonObject();
    put(stats, "usedMemoryBytes", reading.used().map(Bytes::count));
    put(stats, "freeMemoryBytes", reading.free().map(Bytes::count));
    put(stats, "utilizationPercent", reading.utilizationPercent().stream().boxed().findFirst());
    put(stats, "temperatureCelsius", reading.temperatureCelsius().stream().boxed().findFirst());
    put(stats, "powerWatts", reading.powerWatts().stream().boxed().findFirst());
    JsonObject status = Trees.object("stats", stats);
    status.addProperty("mode", occupied ? "inference" : inUse ? "shared" : "idle");
    status.addProperty("health", health.label());
    status.add(
        "healthReason",
        reason(health).<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE));
    status.addProperty("lastHeartbeat", now.truncatedTo(ChronoUnit.SECONDS).toString());
    return status;
  }

  private static void put(JsonObject to, String name, Optional<? extends Number> value) {
    to.add(name, value.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE));
  }

  private static Optional<String> reason(GpuHealth health) {
    Optional<String> whole =
        switch (health) {
          case GpuHealth.Healthy _ -> Optional.empty();
          case GpuHealth.Degraded degraded -> Optional.of(degraded.reason());
          case GpuHealth.Unhealthy unhealthy -> Optional.of(unhealthy.reason());
        };
    return whole.map(text -> text.substring(0, Math.min(text.length(), LONGEST_REASON)));
  }

  /**
   * Whether the new status is worth a write, which costs every sidecar on the device a
   * compare-and-swap.
   *
   * @param heartbeat longest time between two writes
   */
  static boolean matters(JsonObject live, JsonObject next, Duration heartbeat) {
    JsonObject old = Trees.at(live, "status");
    for (String field : List.of("mode", "health", "healthReason")) {
      if (!Objects.equals(Trees.text(old, field), Trees.text(next, field))) {
        return true;
      }
    }
    if (age(old, next).compareTo(heartbeat) >= 0) {
      return true;
    }
    JsonObject before = Trees.at(old, "stats");
    JsonObject after = Trees.at(next, "stats");
    double memory = MEMORY_SHARE * Trees.number(Trees.at(live, "spec"), "totalMemoryBytes");
    return differs(before, after, "usedMemoryBytes", memory)
        || differs(before, after, "freeMemoryBytes", memory)
        || differs(before, after, "utilizationPercent", PERCENT)
        || differs(before, after, "temperatureCelsius", CELSIUS)
        || differs(before, after, "powerWatts", WATTS);
  }

  private static boolean differs(
      JsonObject before, JsonObject after, String field, double threshold) {
    boolean was = before.get(field) instanceof JsonPrimitive;
    boolean is = after.get(field) instanceof JsonPrimitive;
    return was != is
        || (was
            && Math.abs(after.get(field).getAsDouble() - before.get(field).getAsDouble())
                >= threshold);
  }

  /** Of a clock that was set back no heartbeat is waited for. */
  private static Duration age(JsonObject old, JsonObject next) {
    return Duration.between(heartbeat(old), heartbeat(next)).abs();
  }

  private static Instant heartbeat(JsonObject status) {
    try {
      return Trees.text(status, "lastHeartbeat").map(Instant::parse).orElse(Instant.EPOCH);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }
}
