package ai.greenthread.cli.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a running engine says about itself in {@code up.json}.
 *
 * @param pid its process
 * @param proxy where clients send {@code /v1/…} requests
 * @param engine the engine API
 * @param models the models' own front doors by name
 * @param startedAt when the engine came up
 * @param version its version
 */
public record UpFile(
    long pid,
    URI proxy,
    URI engine,
    Map<String, String> models,
    Instant startedAt,
    String version) {

  /**
   * Reads the file's text.
   *
   * @throws IllegalArgumentException with the reason where it is not what an engine writes
   */
  static UpFile parse(String text) {
    try {
      JsonNode node = Json.parse(text);
      long pid = node.path("pid").asLong(0);
      if (pid <= 0) {
        throw new IllegalArgumentException("no pid in it");
      }
      Map<String, String> models = new LinkedHashMap<>();
      node.path("models").properties().forEach(e -> models.put(e.getKey(), e.getValue().asText()));
      return new UpFile(
          pid,
          uri(node, "proxy"),
          uri(node, "engine"),
          models,
          Instant.parse(node.path("startedAt").asText()),
          node.path("version").asText("unknown"));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON", e);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("startedAt is not a time", e);
    }
  }

  private static URI uri(JsonNode node, String field) {
    String text = node.path(field).asText();
    if (!text.startsWith("http://") && !text.startsWith("https://")) {
      throw new IllegalArgumentException(field + " is not a URL");
    }
    return URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
  }
}
