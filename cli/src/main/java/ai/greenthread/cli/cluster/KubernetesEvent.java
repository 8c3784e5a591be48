package ai.greenthread.cli.cluster;

import ai.greenthread.cli.client.Json;
import ai.greenthread.k8s.client.Trees;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.stream.Stream;

/** An Event of Kubernetes in the envelope of the engine's own events. */
final class KubernetesEvent {
  private KubernetesEvent() {}

  /**
   * The envelope: the Event's reason is its type.
   *
   * @param event about a Model
   */
  static JsonNode envelope(JsonObject event) {
    JsonObject about = Trees.at(event, "involvedObject");
    ObjectNode tree = Json.mapper().createObjectNode();
    tree.put("id", Trees.uid(event));
    tree.put("type", Trees.text(event, "reason").orElse("Event"));
    tree.put("timestamp", time(event).toEpochMilli());
    tree.put("model_name", Trees.text(about, "name").orElse(""));
    long count = Trees.number(event, "count");
    tree.put(
        "message",
        Trees.text(event, "message").orElse("") + (count > 1 ? " (" + count + " times)" : ""));
    ObjectNode metadata = tree.putObject("metadata");
    metadata.put("namespace", Trees.text(about, "namespace").orElse(""));
    metadata.put("source", "kubernetes");
    metadata.put("severity", Trees.text(event, "type").orElse("Normal"));
    return tree;
  }

  /** When it was last seen; recorders differ in which field they fill. */
  private static Instant time(JsonObject event) {
    return Stream.of(
            Trees.text(event, "lastTimestamp"),
            Trees.text(Trees.at(event, "series"), "lastObservedTime"),
            Trees.text(event, "eventTime"),
            Trees.text(event, "firstTimestamp"),
            Trees.text(Trees.at(event, "metadata"), "creationTimestamp"))
        .flatMap(Optional::stream)
        .flatMap(text -> parse(text).stream())
        .findFirst()
        .orElse(Instant.EPOCH);
  }

  private static Optional<Instant> parse(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
