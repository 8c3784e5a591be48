package ai.greenthread.k8s.gpus;

import ai.greenthread.domain.gpu.GpuDevice;
import ai.greenthread.domain.gpu.GpuHealth;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.gpu.GpuReading;
import ai.greenthread.k8s.client.Answer;
import ai.greenthread.k8s.client.JsonApi;
import ai.greenthread.k8s.client.Trees;
import ai.greenthread.k8s.crd.Resource;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One round of reports. A report is a patch of the agent's own fields without a version: the server
 * merges it into whatever the ledger has written meanwhile. What depends on nobody being on a
 * device carries the version at which that was so.
 */
final class ReportRound {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  private final GpuReporter settings;
  private final JsonApi api;
  private final NodeView view;
  private final ReportOutcome.Tally tally;

  ReportRound(GpuReporter settings, NodeView view, ReportOutcome.Tally tally) {
    this.settings = settings;
    this.api = settings.api();
    this.view = view;
    this.tally = tally;
  }

  /** Ends with the first call that gets no answer, as the others would wait for theirs as long. */
  void run() throws IOException {
    // The server's cache will do: what may not be out of date carries a version.
    String selector = NodeName.LABEL + "%3D" + NodeName.label(view.node());
    String query = "?resourceVersion=0&labelSelector=" + selector;
    Answer list = api.get(Resource.GPU.path(settings.namespace()) + query);
    if (!list.ok()) {
      refused("GPU objects cannot be listed", list);
      return;
    }
    Map<String, JsonObject> objects = new LinkedHashMap<>();
    Trees.items(list.body(), "items").forEach(object -> objects.put(Trees.name(object), object));
    for (ObservedGpu gpu : view.devices()) {
      JsonObject live = objects.remove(gpu.device().id().objectName());
      Optional<JsonObject> object = live == null ? made(gpu.device()) : Optional.of(live);
      if (object.isPresent()) {
        update(gpu, object.get());
      }
    }
    for (JsonObject left : objects.values()) {
      retire(left);
    }
  }

  private Optional<JsonObject> made(GpuDevice device) throws IOException {
    String name = device.id().objectName();
    Answer answer =
        api.create(
            Resource.GPU.path(settings.namespace()),
            GpuFields.object(settings.namespace(), device, settings.headroom()));
    if (answer.ok()) {
      tally.created++;
      return Optional.of(answer.body());
    }
    if (answer.status() != CONFLICT) {
      refused(name + " cannot be created", answer);
      return Optional.empty();
    }
    // It is there and was not listed: the list was old, or somebody took the label off.
    answer = api.get(path(name));
    if (!answer.ok()) {
      refused(name + " cannot be read", answer);
      return Optional.empty();
    }
    JsonObject labels = GpuFields.labels(view.node());
    if (!Trees.says(Trees.at(answer.body(), "metadata", "labels"), labels)) {
      JsonObject patch = Trees.object("metadata", Trees.object("labels", labels));
      answer = written(name, path(name), patch);
    }
    return answer.ok() ? Optional.of(answer.body()) : Optional.empty();
  }

  /** Makes the object say what the device is, and how it fares. */
  private void update(ObservedGpu gpu, JsonObject object) throws IOException {
    JsonObject live = object;
    GpuHealth health = gpu.reading().health();
    JsonObject wanted = GpuFields.spec(gpu.device(), settings.headroom());
    if (!Trees.says(Trees.at(live, "spec"), wanted)) {
      boolean replaced = replaced(live, gpu.device());
      if (replaced && GpuFields.occupied(live)) {
        health = new GpuHealth.Unhealthy(replacedUnder(live, gpu.device()));
      } else {
        tally.remarks.add(change(live, wanted));
        JsonObject patch = Trees.object("spec", wanted);
        Answer answer =
            written(Trees.name(live), path(Trees.name(live)), replaced ? at(live, patch) : patch);
        if (!answer.ok()) {
          return;
        }
        live = answer.body();
      }
    }
    report(live, gpu.reading(), health, gpu.inUse());
  }

  private static boolean replaced(JsonObject live, GpuDevice device) {
    return Trees.text(Trees.at(live, "spec"), "uuid")
        .filter(uuid -> !uuid.equals(device.uuid()))
        .isPresent();
  }

  /**
   * The object goes on standing for the old device: its pods were given that one by its uuid, and
   * the ledger's entries are about its memory.
   */
  private static String replacedUnder(JsonObject live, GpuDevice device) {
    return "another device, %s, is at the place of %s; end the pods that are on the old one: %s"
        .formatted(
            device.uuid(), Trees.text(Trees.at(live, "spec"), "uuid").orElse("?"), pods(live));
  }

  private static String pods(JsonObject live) {
    List<String> occupants = GpuFields.occupants(live);
    return occupants.isEmpty() ? "none, but some wait for it" : String.join(", ", occupants);
  }

  private static String change(JsonObject live, JsonObject wanted) {
    JsonObject spec = Trees.at(live, "spec");
    List<String> changes =
        wanted.entrySet().stream()
            .filter(field -> !field.getValue().equals(spec.get(field.getKey())))
            .map(field ->
                "%s was %s and is %s"
                    .formatted(field.getKey(), spec.get(field.getKey()), field.getValue()))
            .toList();
    return Trees.name(live) + ": " + String.join(", ", changes);
  }

  private void report(JsonObject live, GpuReading reading, GpuHealth health, boolean inUse)
      throws IOException {
    String name = Trees.name(live);
    JsonObject next =
        GpuFields.status(
            reading, health, GpuFields.occupied(live), inUse, settings.clock().instant());
    if (!GpuFields.matters(live, next, settings.heartbeat())) {
      offer(live);
      return;
    }
    Answer answer = written(name, statusPath(name), Trees.object("status", next));
    if (answer.ok()) {
      offer(answer.body());
    }
  }

  /**
   * Says what a device has to hand out that nobody is on, until the ledger first writes. It is what
   * the ledger would say, and is refused if the ledger has written anything since.
   */
  private void offer(JsonObject live) throws IOException {
    JsonObject spec = Trees.at(live, "spec");
    long free =
        Math.max(0, Trees.number(spec, "totalMemoryBytes") - Trees.number(spec, "headroomBytes"));
    JsonObject status = Trees.at(live, "status");
    boolean said =
        status.has("availableMemoryBytes") && Trees.number(status, "availableMemoryBytes") == free;
    if (said || GpuFields.occupied(live)) {
      return;
    }
    String name = Trees.name(live);
    JsonObject patch = Trees.object("status", Trees.object("availableMemoryBytes", free));
    Answer answer = api.mergePatch(statusPath(name), at(live, patch));
    if (!answer.ok() && answer.status() != CONFLICT && answer.status() != NOT_FOUND) {
      refused(name + " cannot be written", answer);
    }
  }

  /** Of a device that is not seen. */
  private void retire(JsonObject live) throws IOException {
    JsonObject spec = Trees.at(live, "spec");
    GpuId id = new GpuId(view.node(), Math.clamp(Trees.number(spec, "index"), 0, 1 << 20));
    Optional<String> unseen = view.whyUnseen(id);
    if (unseen.isPresent() || GpuFields.occupied(live)) {
      String reason =
          unseen.orElseGet(() ->
              "the device has gone from its node; end the pods that are on it: " + pods(live));
      GpuHealth health = new GpuHealth.Unhealthy(reason);
      JsonObject next =
          GpuFields.status(
              GpuReading.unread(health),
              health,
              GpuFields.occupied(live),
              false,
              settings.clock().instant());
      if (GpuFields.matters(live, next, settings.heartbeat())) {
        written(Trees.name(live), statusPath(Trees.name(live)), Trees.object("status", next));
      }
      return;
    }
    Answer answer = api.deleteUnchanged(path(Trees.name(live)), live);
    if (answer.ok()) {
      tally.deleted++;
      tally.remarks.add(Trees.name(live) + ": the device has gone, and with it the object");
    } else if (answer.status() != NOT_FOUND && answer.status() != CONFLICT) {
      refused(Trees.name(live) + " cannot be deleted", answer);
    }
  }

  private Answer written(String name, String path, JsonObject patch) throws IOException {
    Answer answer = api.mergePatch(path, patch);
    if (answer.ok()) {
      tally.written++;
    } else if (answer.status() != NOT_FOUND) {
      // One that is not there any more is made again in the next round.
      refused(name + " cannot be written", answer);
    }
    return answer;
  }

  /** The patch, if the object is as it was seen. */
  private static JsonObject at(JsonObject seen, JsonObject patch) {
    JsonObject metadata = new JsonObject();
    metadata.add("resourceVersion", Trees.at(seen, "metadata").get("resourceVersion"));
    patch.add("metadata", metadata);
    return patch;
  }

  private void refused(String what, Answer answer) {
    tally.failures.add(what + ": " + answer.describe());
  }

  private String path(String name) {
    return Resource.GPU.path(settings.namespace(), name);
  }

  private String statusPath(String name) {
    return Resource.GPU.statusPath(settings.namespace(), name);
  }
}
