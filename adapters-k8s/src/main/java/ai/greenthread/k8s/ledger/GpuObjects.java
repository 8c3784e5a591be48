package ai.greenthread.k8s.ledger;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.DurationText;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.ledger.WakeLock;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Translates between GPU objects and device records. A field that is absent reads as the schema's
 * default, an object without status as a device nobody uses.
 */
public final class GpuObjects {
  private GpuObjects() {}

  /**
   * The record in an object as the server gave it.
   *
   * @throws IllegalArgumentException when the object is none that this engine wrote
   */
  public static DeviceRecord read(JsonObject object) {
    try {
      JsonObject spec = object.getAsJsonObject("spec");
      JsonObject status = child(object, "status");
      Bytes total = bytes(spec, "totalMemoryBytes");
      List<Occupant> occupants = new ArrayList<>();
      for (JsonElement item : items(status, "occupants")) {
        occupants.add(occupant(item.getAsJsonObject()));
      }
      List<Intent> intents = new ArrayList<>();
      for (JsonElement item : items(status, "preemptionIntents")) {
        intents.add(intent(item.getAsJsonObject()));
      }
      JsonObject lock = child(status, "wakeLock");
      return DeviceRecord.of(
          new GpuId(spec.get("nodeName").getAsString(), spec.get("index").getAsInt()),
          version(object),
          total.minusOrZero(bytes(spec, "headroomBytes")),
          occupants,
          intents,
          lock.isEmpty() ? Optional.empty() : Optional.of(lock(lock)));
    } catch (RuntimeException e) {
      // Whatever a tree of the wrong shape throws: nulls, casts, numbers, times.
      throw new IllegalArgumentException("a GPU object cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * The version of an object. Kubernetes promises since 1.35, and has always kept, that the
   * versions of one kind of object are growing decimal numbers; they are etcd's revisions.
   */
  static long version(JsonObject object) {
    String version = object.getAsJsonObject("metadata").get("resourceVersion").getAsString();
    try {
      return Long.parseLong(version);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "resourceVersion " + version + " is not a number that can be compared", e);
    }
  }

  /**
   * The merge patch that stores a record, if the object still has its version. It names only the
   * fields of the ledger, so that what the agent reports beside them stays.
   */
  static JsonObject patch(DeviceRecord record) {
    JsonArray occupants = new JsonArray();
    record.occupants().forEach(occupant -> occupants.add(written(occupant)));
    JsonArray intents = new JsonArray();
    record.intents().forEach(intent -> intents.add(written(intent)));
    JsonObject status = new JsonObject();
    status.add("occupants", occupants);
    status.add("preemptionIntents", intents);
    status.add(
        "wakeLock", record.lock().<JsonElement>map(GpuObjects::written).orElse(JsonNull.INSTANCE));
    status.addProperty(
        "availableMemoryBytes", record.capacity().minusOrZero(record.charged()).count());
    JsonObject metadata = new JsonObject();
    metadata.addProperty("resourceVersion", Long.toString(record.version()));
    JsonObject patch = new JsonObject();
    patch.add("metadata", metadata);
    patch.add("status", status);
    return patch;
  }

  private static Occupant occupant(JsonObject from) {
    return new Occupant(
        replica(from),
        from.get("generation").getAsLong(),
        OccupantState.valueOf(from.get("state").getAsString().toUpperCase(Locale.ROOT)),
        bytes(from, "reservedMemoryBytes"),
        bytes(from, "residualMemoryBytes"),
        bytes(from, "measuredMemoryBytes"),
        flag(from, "popular"),
        duration(from, "minRuntime"),
        instant(from, "becameServingAt"),
        instant(from, "lastAccessed"),
        flag(from, "idle"),
        duration(from, "switchCost"));
  }

  private static JsonObject written(Occupant occupant) {
    JsonObject to = written(occupant.replica(), occupant.generation());
    to.addProperty("state", occupant.state().name().toLowerCase(Locale.ROOT));
    to.addProperty("reservedMemoryBytes", occupant.reserved().count());
    to.addProperty("residualMemoryBytes", occupant.residual().count());
    to.addProperty("measuredMemoryBytes", occupant.measured().count());
    to.addProperty("popular", occupant.popular());
    to.addProperty("minRuntime", DurationText.print(occupant.minRuntime()));
    to.addProperty("becameServingAt", occupant.becameServingAt().toString());
    to.addProperty("lastAccessed", occupant.lastAccessed().toString());
    to.addProperty("idle", occupant.idle());
    to.addProperty("switchCost", DurationText.print(occupant.switchCost()));
    return to;
  }

  private static Intent intent(JsonObject from) {
    Set<Victim> victims = new HashSet<>();
    for (JsonElement item : items(from, "victims")) {
      JsonObject victim = item.getAsJsonObject();
      victims.add(new Victim(replica(victim), victim.get("generation").getAsLong()));
    }
    return new Intent(
        new Ticket(instant(from, "since"), replica(from)),
        from.get("generation").getAsLong(),
        bytes(from, "needMemoryBytes"),
        flag(from, "ready"),
        victims);
  }

  private static JsonObject written(Intent intent) {
    JsonObject to = written(intent.ticket().replica(), intent.generation());
    to.addProperty("since", intent.ticket().since().toString());
    to.addProperty("needMemoryBytes", intent.need().count());
    to.addProperty("ready", intent.ready());
    JsonArray victims = new JsonArray();
    // Sorted, so that the same record is always the same text and writing it again no change.
    intent.victims().stream()
        .sorted((a, b) -> a.replica().compareTo(b.replica()))
        .forEach(victim -> victims.add(written(victim.replica(), victim.generation())));
    to.add("victims", victims);
    return to;
  }

  private static WakeLock lock(JsonObject from) {
    return new WakeLock(
        replica(from), from.get("generation").getAsLong(), instant(from, "expiresAt"));
  }

  private static JsonObject written(WakeLock lock) {
    JsonObject to = written(lock.holder(), lock.generation());
    to.addProperty("expiresAt", lock.expiresAt().toString());
    return to;
  }

  private static ReplicaId replica(JsonObject from) {
    return new ReplicaId(
        new ModelRef(from.get("namespace").getAsString(), from.get("modelName").getAsString()),
        from.get("ordinal").getAsInt());
  }

  private static JsonObject written(ReplicaId replica, long generation) {
    JsonObject to = new JsonObject();
    to.addProperty("podName", replica.podName());
    to.addProperty("namespace", replica.model().namespace());
    to.addProperty("modelName", replica.model().name());
    to.addProperty("ordinal", replica.ordinal());
    to.addProperty("generation", generation);
    return to;
  }

  private static JsonObject child(JsonObject parent, String name) {
    return parent.get(name) instanceof JsonObject child ? child : new JsonObject();
  }

  private static JsonArray items(JsonObject parent, String name) {
    return parent.get(name) instanceof JsonArray items ? items : new JsonArray();
  }

  private static Bytes bytes(JsonObject from, String name) {
    return Bytes.of(from.get(name) instanceof JsonPrimitive count ? count.getAsLong() : 0);
  }

  private static boolean flag(JsonObject from, String name) {
    return from.get(name) instanceof JsonPrimitive flag && flag.getAsBoolean();
  }

  private static Duration duration(JsonObject from, String name) {
    return from.get(name) instanceof JsonPrimitive text
        ? DurationText.parse(text.getAsString()).orElseThrow()
        : Duration.ZERO;
  }

  private static Instant instant(JsonObject from, String name) {
    return from.get(name) instanceof JsonPrimitive text
        ? Instant.parse(text.getAsString())
        : Instant.EPOCH;
  }
}
