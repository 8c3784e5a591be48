package ai.greenthread.cli.cluster;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.ledger.GpuObjects;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A Model with what GPU objects tell of its replicas. On a cluster the Model's own status says
 * little of them, because a replica that sleeps and wakes writes to the ledger only; here it is put
 * together as the engine of one machine shows it.
 */
final class CompletedModel {
  private CompletedModel() {}

  /** The ledger's records; objects that cannot be read are left out. */
  static List<DeviceRecord> records(List<JsonObject> gpus) {
    List<DeviceRecord> records = new ArrayList<>();
    for (JsonObject gpu : gpus) {
      try {
        records.add(GpuObjects.read(gpu));
      } catch (IllegalArgumentException e) {
        // Another version's, or somebody's own; the table of GPUs shows it all the same.
      }
    }
    return records;
  }

  /** Changes {@code model} so that it has an entry in {@code replicaStatuses} for each replica. */
  static JsonObject of(JsonObject model, List<DeviceRecord> records) {
    Trees.at(model, "metadata").remove("managedFields");
    ModelRef ref = new ModelRef(Trees.namespace(model), Trees.name(model));
    JsonObject status = Trees.at(model, "status");
    Map<String, JsonObject> entries = new TreeMap<>();
    for (JsonObject entry : Trees.items(status, "replicaStatuses")) {
      entries.put(Trees.text(entry, "name").orElse(""), said(entry));
    }
    for (ReplicaId replica : known(ref, records)) {
      JsonObject entry = entries.computeIfAbsent(replica.podName(), CompletedModel::entry);
      complete(entry, replica, records);
    }
    Optional<String> url = Trees.text(status, "url");
    JsonArray all = new JsonArray();
    entries
        .values()
        .forEach(entry -> {
          url.ifPresent(text -> entry.addProperty("url", text));
          all.add(entry);
        });
    if (!all.isEmpty()) {
      status.add("replicaStatuses", all);
      model.add("status", status);
    }
    return model;
  }

  private static JsonObject entry(String name) {
    return Trees.object("name", name);
  }

  /** The sidecar's own entry; that it has booted once is no state. */
  private static JsonObject said(JsonObject entry) {
    if (Trees.text(entry, "state").equals(Optional.of("booted"))) {
      entry.remove("state");
    }
    return entry;
  }

  private static List<ReplicaId> known(ModelRef ref, List<DeviceRecord> records) {
    Set<ReplicaId> all = new TreeSet<>();
    for (DeviceRecord record : records) {
      record.occupants().forEach(occupant -> all.add(occupant.replica()));
      record.intents().forEach(intent -> all.add(intent.ticket().replica()));
    }
    return all.stream().filter(replica -> replica.model().equals(ref)).toList();
  }

  private static void complete(JsonObject entry, ReplicaId replica, List<DeviceRecord> records) {
    List<DeviceRecord> own =
        records.stream()
            .filter(record ->
                record.occupant(replica).isPresent() || intent(record, replica).isPresent())
            .toList();
    entry.addProperty(
        "gpus",
        own.stream()
            .map(record -> Integer.toString(record.id().index()))
            .collect(Collectors.joining(",")));
    List<Occupant> occupants =
        own.stream().flatMap(record -> record.occupant(replica).stream()).toList();
    entry.addProperty(
        "memoryBytes", occupants.stream().mapToLong(each -> each.charge().count()).sum());
    Optional<Intent> waiting =
        own.stream().flatMap(record -> intent(record, replica).stream()).findFirst();
    Optional<Occupant> occupant = occupants.stream().findFirst();
    boolean failed = Trees.text(entry, "state").equals(Optional.of("failed"));
    if (waiting.isPresent()) {
      state(entry, "pending", waiting.get().ticket().since());
    } else if (occupant.isPresent() && !failed) {
      switch (occupant.get().state()) {
        case SERVING -> state(entry, "serving", occupant.get().becameServingAt());
        case WAKING -> entry.addProperty("state", "waking");
        case DRAINING -> entry.addProperty("state", "deactivating");
        case SLEEPING -> entry.addProperty("state", "sleeping");
        case CONVERTING -> entry.addProperty("state", "booting");
      }
    }
  }

  private static void state(JsonObject entry, String state, Instant since) {
    entry.addProperty("state", state);
    if (since.isAfter(Instant.EPOCH)) {
      entry.addProperty("since", since.toString());
    }
  }

  private static Optional<Intent> intent(DeviceRecord record, ReplicaId replica) {
    return record.intents().stream()
        .filter(each -> each.ticket().replica().equals(replica))
        .findFirst();
  }
}
