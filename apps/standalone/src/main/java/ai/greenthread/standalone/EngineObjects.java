package ai.greenthread.standalone;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.domain.model.Model;
import ai.greenthread.domain.model.ModelDocument;
import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.http.events.EngineEvent;
import ai.greenthread.http.events.EventFilter;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.policy.WaitBound;
import ai.greenthread.scheduling.sidecar.SidecarStatus;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Models and GPUs as the objects that Kubernetes would show: trees for JSON. */
final class EngineObjects {
  private static final String NAMESPACE = "greenthread-system";

  private final Platform platform;
  private final Fleet fleet;

  EngineObjects(Platform platform, Fleet fleet) {
    this.platform = platform;
    this.fleet = fleet;
  }

  Map<String, Object> models() {
    Fleet.Remarks remarks = fleet.remarks();
    return list("ModelList", fleet.all().stream().map(each -> model(each, remarks)).toList());
  }

  Map<String, Object> model(Fleet.Deployed each) {
    return model(each, fleet.remarks());
  }

  private Map<String, Object> model(Fleet.Deployed each, Fleet.Remarks remarks) {
    Map<String, Object> tree = new LinkedHashMap<>(ModelDocument.write(each.model()));
    var metadata = new LinkedHashMap<String, Object>();
    if (tree.get("metadata") instanceof Map<?, ?> written) {
      written.forEach((key, value) -> metadata.put(String.valueOf(key), value));
    }
    metadata.put("generation", each.generation());
    metadata.put("creationTimestamp", text(each.since()));
    tree.put("metadata", metadata);
    tree.put("status", status(each, remarks));
    return tree;
  }

  private Map<String, Object> status(Fleet.Deployed each, Fleet.Remarks remarks) {
    Model model = each.model();
    List<Replica> replicas = each.replicas();
    var status = new LinkedHashMap<String, Object>();
    status.put("phase", phase(each));
    replicas.stream()
        .findFirst()
        .ifPresent(first -> status.put("url", first.url().resolve("/v1").toString()));
    platform
        .measurements()
        .of(model.ref())
        .ifPresent(bytes -> {
          status.put("servingMemoryPerGPU", bytes.count());
          status.put("memory", Map.of("servingHuman", bytes.human()));
        });
    status.put("replicas", model.spec().replicas());
    status.put("readyReplicas", count(replicas, SidecarStatus::bootReady));
    status.put("servingReplicas", count(replicas, at -> at.state() instanceof State.Serving));
    status.put("sleepingReplicas", count(replicas, at -> at.state() instanceof State.Sleeping));
    replicas.stream()
        .findFirst()
        .flatMap(first -> first.devices().stream().findFirst())
        .ifPresent(device -> status.put("node", device.node()));
    status.put("gpus", replicas.stream().map(EngineObjects::gpus).collect(Collectors.joining(",")));
    if (!replicas.isEmpty()) {
      // JSON's null where no bound holds, which is not the same as unknown.
      status.put(
          "waitBoundSeconds",
          longestBound(replicas).map(bound -> WaitBound.shown(bound).toSeconds()).orElse(null));
    }
    status.put("conditions", conditions(each, remarks));
    status.put("replicaStatuses", replicas.stream().map(this::replica).toList());
    return status;
  }

  private static String phase(Fleet.Deployed each) {
    if (each.replicas().isEmpty()) {
      return each.model().spec().replicas() == 0 ? "Ready" : "Pending";
    }
    if (each.replicas().stream().anyMatch(replica -> replica.status().bootReady())) {
      return "Ready";
    }
    return each.replicas().stream()
            .anyMatch(replica -> replica.status().state() instanceof State.Failed)
        ? "Failed"
        : "Staging";
  }

  private Optional<Duration> longestBound(List<Replica> replicas) {
    Duration longest = Duration.ZERO;
    for (Replica replica : replicas) {
      Optional<Duration> bound = fleet.waitBound(replica.id());
      if (bound.isEmpty()) {
        return Optional.empty();
      }
      longest = bound.get().compareTo(longest) > 0 ? bound.get() : longest;
    }
    return Optional.of(longest);
  }

  private List<Map<String, Object>> conditions(Fleet.Deployed each, Fleet.Remarks remarks) {
    var conditions = new ArrayList<Map<String, Object>>();
    boolean placed = each.unplaced().isEmpty();
    conditions.add(
        condition(
            "Placed",
            placed,
            placed ? "DevicesChosen" : "NoSuitableGPU",
            placed ? "every replica has its devices" : each.unplaced(),
            each.since()));
    Optional<Replica> failed =
        each.replicas().stream()
            .filter(replica -> replica.status().state() instanceof State.Failed)
            .findFirst();
    Instant changed =
        each.replicas().stream()
            .map(replica -> replica.status().state().since())
            .max(Instant::compareTo)
            .orElse(each.since());
    boolean ready = phase(each).equals("Ready");
    conditions.add(
        condition(
            "Ready",
            ready && failed.isEmpty(),
            failed.isPresent() ? "WakeFailed" : ready ? "Booted" : "Booting",
            failed
                .map(replica -> reason(replica.status().state()))
                .orElse(ready ? "asleep or serving" : "not started yet"),
            changed));
    conditions.add(wakeable(each, remarks));
    return conditions;
  }

  private static Map<String, Object> wakeable(Fleet.Deployed each, Fleet.Remarks remarks) {
    String hopeless = remarks.hopeless(each.model().ref());
    if (!hopeless.isEmpty()) {
      return condition("Wakeable", false, "NoRoom", hopeless, each.since());
    }
    String outlasted = remarks.outlasted(each.model().ref());
    return outlasted.isEmpty()
        ? condition("Wakeable", true, "Fits", "it can fit on its devices", each.since())
        : condition(
            "Wakeable", true, "Outlasted", "it can fit on its devices; " + outlasted, each.since());
  }

  private static Map<String, Object> condition(
      String type, boolean holds, String reason, String message, Instant since) {
    var condition = new LinkedHashMap<String, Object>();
    condition.put("type", type);
    condition.put("status", holds ? "True" : "False");
    condition.put("reason", reason);
    condition.put("message", message);
    condition.put("lastTransitionTime", text(since));
    return condition;
  }

  private Map<String, Object> replica(Replica replica) {
    SidecarStatus at = replica.status();
    var status = new LinkedHashMap<String, Object>();
    status.put("name", replica.id().podName());
    status.put("state", at.state().label());
    status.put("since", text(at.state().since()));
    status.put("url", replica.url().toString());
    status.put("gpus", gpus(replica));
    status.put("memoryBytes", memory(replica).count());
    status.put("inFlight", at.inFlight());
    status.put("queued", at.queued());
    ModelRef ref = replica.model().ref();
    platform.journal().last(1, new EventFilter(ref.name(), ref.namespace())).stream()
        .findFirst()
        .map(EngineObjects::sentence)
        .ifPresent(said -> status.put("lastEvent", said));
    status.put("reason", reason(at.state()));
    return status;
  }

  private static String sentence(EngineEvent event) {
    return event.type().wireName().replace('_', ' ') + ": " + event.message();
  }

  private Bytes memory(Replica replica) {
    return replica.devices().stream()
        .map(device -> platform.gpus().record(device))
        .flatMap(record -> record.occupant(replica.id()).stream())
        .map(Occupant::charge)
        .reduce(Bytes.ZERO, Bytes::plus);
  }

  private static String gpus(Replica replica) {
    return replica.devices().stream()
        .map(device -> Integer.toString(device.index()))
        .collect(Collectors.joining(","));
  }

  static String reason(State state) {
    return switch (state) {
      case State.Booting booting -> booting.reason();
      case State.Pending pending -> pending.reason();
      case State.Deactivating leaving -> leaving.problem();
      case State.Releasing releasing -> releasing.problem();
      case State.Failed failed -> failed.reason();
      case State.Sleeping _, State.Waking _, State.Serving _, State.Stopped _ -> "";
    };
  }

  Map<String, Object> gpus() {
    return list("GPUList", platform.gpus().devices().stream().map(this::gpu).toList());
  }

  private Map<String, Object> gpu(GpuDevice device) {
    DeviceRecord record = platform.gpus().record(device.id());
    GpuReading reading = platform.gpus().reading(device.id());
    var spec = new LinkedHashMap<String, Object>();
    spec.put("nodeName", device.id().node());
    spec.put("index", device.id().index());
    spec.put("uuid", device.uuid());
    spec.put("product", device.product());
    spec.put("totalMemoryBytes", device.total().count());
    spec.put("headroomBytes", platform.gpus().headroom(device).count());
    spec.put("virtual", device.virtual());
    var stats = new LinkedHashMap<String, Object>();
    reading.used().ifPresent(used -> stats.put("usedMemoryBytes", used.count()));
    reading.free().ifPresent(free -> stats.put("freeMemoryBytes", free.count()));
    reading.utilizationPercent().ifPresent(share -> stats.put("utilizationPercent", share));
    reading.temperatureCelsius().ifPresent(heat -> stats.put("temperatureCelsius", heat));
    reading.powerWatts().ifPresent(watts -> stats.put("powerWatts", watts));
    Map<String, Object> status = LedgerFields.of(record);
    status.put("overcommits", platform.gpus().ledger().overcommits(device.id()));
    status.put("health", reading.health().label());
    healthReason(reading.health()).ifPresent(reason -> status.put("healthReason", reason));
    status.put("stats", stats);
    var tree = head("GPU");
    tree.put("metadata", Map.of("namespace", NAMESPACE, "name", device.id().objectName()));
    tree.put("spec", spec);
    tree.put("status", status);
    return tree;
  }

  private static Optional<String> healthReason(GpuHealth health) {
    return switch (health) {
      case GpuHealth.Degraded degraded -> Optional.of(degraded.reason());
      case GpuHealth.Unhealthy unhealthy -> Optional.of(unhealthy.reason());
      case GpuHealth.Healthy _ -> Optional.empty();
    };
  }

  private static long count(
      List<Replica> replicas, java.util.function.Predicate<SidecarStatus> which) {
    return replicas.stream().map(Replica::status).filter(which).count();
  }

  private static Map<String, Object> list(String kind, List<Map<String, Object>> items) {
    var tree = head(kind);
    tree.put("items", items);
    return tree;
  }

  private static Map<String, Object> head(String kind) {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("apiVersion", Model.API_VERSION);
    tree.put("kind", kind);
    return tree;
  }

  private static String text(Instant instant) {
    return instant.truncatedTo(java.time.temporal.ChronoUnit.MILLIS).toString();
  }

  /** Models and GPUs in a few words, for those who begin to follow the events. */
  Map<String, Object> systemState() {
    var models = new ArrayList<Map<String, Object>>();
    for (Replica replica : fleet.replicas()) {
      models.add(
          Map.of(
              "backend_name", replica.id().podName(),
              "status", replica.status().state().label(),
              "gpu_memory_used", memory(replica).count()));
    }
    var gpus = new ArrayList<Map<String, Object>>();
    for (GpuDevice device : platform.gpus().devices()) {
      var gpu = new LinkedHashMap<String, Object>();
      gpu.put("index", device.id().index());
      gpu.put("total_memory", device.total().count());
      GpuReading reading = platform.gpus().reading(device.id());
      reading.used().ifPresent(used -> gpu.put("used_memory", used.count()));
      reading.utilizationPercent().ifPresent(share -> gpu.put("utilization", share));
      gpus.add(gpu);
    }
    return Map.of("models", models, "gpus", gpus);
  }

  /** URL of the first replica of each Model, by name of the Model. */
  Map<String, String> urls() {
    var urls = new LinkedHashMap<String, String>();
    for (Fleet.Deployed each : fleet.all()) {
      each.replicas().stream()
          .findFirst()
          .map(Replica::url)
          .map(URI::toString)
          .ifPresent(url -> urls.put(each.model().ref().name(), url));
    }
    return urls;
  }
}
