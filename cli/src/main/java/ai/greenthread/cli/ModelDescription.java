package ai.greenthread.cli;

import ai.greenthread.cli.client.GpuView;
import ai.greenthread.cli.client.Json;
import ai.greenthread.cli.client.ModelView;
import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Palette;
import ai.greenthread.cli.text.Table;
import ai.greenthread.cli.text.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** All about a Model, for a person. */
final class ModelDescription {
  private final Session session;
  private final ModelView model;
  private final List<GpuView> gpus;
  private final List<EventLine> events;

  ModelDescription(Session session, ModelView model, List<GpuView> gpus, List<EventLine> events) {
    this.session = session;
    this.model = model;
    this.gpus = gpus;
    this.events = events;
  }

  List<String> lines() {
    Palette palette = session.palette();
    JsonNode metadata = model.json().path("metadata");
    Description text =
        new Description()
            .field("Name", palette.bold(model.name()))
            .field("Namespace", model.namespace())
            .field("Labels", pairs(metadata.path("labels")))
            .field("Annotations", pairs(metadata.path("annotations")))
            .field("Age", session.age(metadata.path("creationTimestamp").asText("")))
            .field("Generation", metadata.path("generation").asText(""))
            .field("Model id", model.modelId())
            .field("Type", model.modelType())
            .field("Phase", palette.state(model.phase()))
            .field("URL", model.url())
            .field("Replicas", replicaCounts())
            .field("Node", model.node())
            .field("GPUs", model.gpus())
            .field("VRAM per GPU", vram())
            .field("Wait bound", model.waitBound());
    List<String> spec = Json.yaml(model.json().path("spec")).stripTrailing().lines().toList();
    return text.section("Spec", spec, "none")
        .section("Conditions", conditions(), "none")
        .section("Replicas", replicas(), "none")
        .section("Waiting", waiting(), "nobody")
        .section("Events", eventTable(), "none")
        .lines();
  }

  private String replicaCounts() {
    return model.replicas()
        + " wanted, "
        + model.number("readyReplicas")
        + " ready, "
        + model.number("servingReplicas")
        + " serving, "
        + model.number("sleepingReplicas")
        + " sleeping";
  }

  private String vram() {
    return model.servingMemory().isEmpty()
        ? "not measured yet"
        : model.servingMemory() + " while serving (measured)";
  }

  private Table conditions() {
    Table table =
        new Table(
            List.of(
                Column.left("TYPE"),
                Column.left("STATUS"),
                Column.left("SINCE"),
                Column.left("REASON"),
                Column.left("MESSAGE")));
    for (JsonNode condition : model.status().path("conditions")) {
      table.row(
          List.of(
              condition.path("type").asText(""),
              condition.path("status").asText(""),
              session.age(condition.path("lastTransitionTime").asText("")),
              condition.path("reason").asText(""),
              condition.path("message").asText("")));
    }
    return table;
  }

  private Table replicas() {
    Table table =
        new Table(
            List.of(
                Column.left("NAME"),
                Column.left("STATE").styled(session.palette()::state),
                Column.left("SINCE"),
                Column.left("GPUS"),
                Column.right("MEMORY"),
                Column.right("QUEUE"),
                Column.right("IN-FLIGHT"),
                Column.left("URL"),
                Column.left("LAST-EVENT"),
                Column.left("REASON")));
    for (ModelView.Replica replica : model.replicaStatuses()) {
      table.row(
          List.of(
              replica.name(),
              replica.state(),
              session.age(replica.since()),
              replica.gpus(),
              Human.bytes(replica.memoryBytes()),
              Long.toString(replica.queued()),
              Long.toString(replica.inFlight()),
              replica.url(),
              replica.lastEvent(),
              replica.reason()));
    }
    return table;
  }

  /** Waits in which a replica of this Model is the waiter, the victim, or holds what is wanted. */
  private List<String> waiting() {
    Set<String> own =
        model.replicaStatuses().stream().map(ModelView.Replica::name).collect(Collectors.toSet());
    List<String> lines = new ArrayList<>();
    for (GpuView gpu : gpus) {
      boolean lives = gpu.occupants().stream().anyMatch(o -> own.contains(o.pod()));
      for (GpuView.Intent intent : gpu.intents()) {
        if (lives
            || own.contains(intent.pod())
            || intent.victims().stream().anyMatch(own::contains)) {
          lines.add(GpuDescription.wait(session, gpu, intent));
        }
      }
      if (own.contains(gpu.wakeLockHolder())) {
        lines.add(gpu.wakeLockHolder() + " is being woken on " + gpu.name());
      }
    }
    return lines;
  }

  private Table eventTable() {
    Table table =
        new Table(List.of(Column.right("AGE"), Column.left("TYPE"), Column.left("MESSAGE")));
    for (EventLine event : events) {
      table.row(List.of(session.age(event.time().toString()), event.type(), event.message()));
    }
    return table;
  }

  private static String pairs(JsonNode map) {
    return map.properties().stream()
        .map(e -> e.getKey() + "=" + e.getValue().asText())
        .collect(Collectors.joining(", "));
  }
}
