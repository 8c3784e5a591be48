package ai.greenthread.http.events;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The envelope on the wire. */
public final class EventJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private EventJson() {}

  /** {@code {id, type, timestamp (ms), model_name, message, duration_ms?, metadata{}}}. */
  public static ObjectNode tree(EngineEvent event) {
    ObjectNode tree =
        JSON.createObjectNode()
            .put("id", event.id())
            .put("type", event.type().wireName())
            .put("timestamp", event.at().toEpochMilli())
            .put("model_name", event.modelName())
            .put("message", event.message());
    event.duration().map(Duration::toMillis).ifPresent(ms -> tree.put("duration_ms", ms));
    tree.set("metadata", JSON.valueToTree(event.metadata()));
    return tree;
  }

  /** One server-sent event. */
  public static byte[] sse(EngineEvent event) {
    return ("id: "
            + event.id()
            + "\nevent: "
            + event.type().wireName()
            + "\ndata: "
            + tree(event)
            + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }
}
