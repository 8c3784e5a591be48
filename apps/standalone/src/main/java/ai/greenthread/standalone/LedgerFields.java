package ai.greenthread.standalone;

import ai.greenthread.domain.DurationText;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.WakeLock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the ledger says of a device, by the names that a GPU object on Kubernetes has for it in its
 * status: whoever reads one can read the other.
 */
public final class LedgerFields {
  private LedgerFields() {}

  /** A tree for JSON. */
  public static Map<String, Object> of(DeviceRecord record) {
    var status = new LinkedHashMap<String, Object>();
    status.put("availableMemoryBytes", record.capacity().minusOrZero(record.charged()).count());
    status.put("mode", used(record) ? "inference" : "idle");
    var occupants = new ArrayList<Map<String, Object>>();
    record.occupants().forEach(each -> occupants.add(occupant(each)));
    status.put("occupants", occupants);
    status.put("preemptionIntents", record.intents().stream().map(LedgerFields::intent).toList());
    record.lock().ifPresent(lock -> status.put("wakeLock", lock(lock)));
    return status;
  }

  private static boolean used(DeviceRecord record) {
    return record.occupants().iterator().hasNext()
        || !record.intents().isEmpty()
        || record.lock().isPresent();
  }

  private static Map<String, Object> occupant(Occupant occupant) {
    Map<String, Object> tree = replica(occupant.replica(), occupant.generation());
    tree.put("state", occupant.state().name().toLowerCase(Locale.ROOT));
    tree.put("reservedMemoryBytes", occupant.reserved().count());
    tree.put("residualMemoryBytes", occupant.residual().count());
    tree.put("measuredMemoryBytes", occupant.measured().count());
    tree.put("popular", occupant.popular());
    tree.put("minRuntime", DurationText.print(occupant.minRuntime()));
    if (occupant.becameServingAt().isAfter(Instant.EPOCH)) {
      tree.put("becameServingAt", text(occupant.becameServingAt()));
    }
    if (occupant.lastAccessed().isAfter(Instant.EPOCH)) {
      tree.put("lastAccessed", text(occupant.lastAccessed()));
    }
    tree.put("idle", occupant.idle());
    tree.put("switchCost", DurationText.print(occupant.switchCost()));
    return tree;
  }

  private static Map<String, Object> intent(Intent intent) {
    Map<String, Object> tree = replica(intent.ticket().replica(), intent.generation());
    tree.put("since", text(intent.ticket().since()));
    tree.put("needMemoryBytes", intent.need().count());
    tree.put("ready", intent.ready());
    List<Map<String, Object>> victims =
        intent.victims().stream()
            .sorted(Comparator.comparing(victim -> victim.replica()))
            .map(victim -> replica(victim.replica(), victim.generation()))
            .toList();
    tree.put("victims", victims);
    return tree;
  }

  private static Map<String, Object> lock(WakeLock lock) {
    Map<String, Object> tree = replica(lock.holder(), lock.generation());
    tree.put("expiresAt", text(lock.expiresAt()));
    return tree;
  }

  private static Map<String, Object> replica(ReplicaId replica, long generation) {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("podName", replica.podName());
    tree.put("namespace", replica.model().namespace());
    tree.put("modelName", replica.model().name());
    tree.put("ordinal", replica.ordinal());
    tree.put("generation", generation);
    return tree;
  }

  private static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
