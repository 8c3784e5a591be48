package ai.greenthread.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer of the engine API.
 *
 * @param status HTTP status
 * @param body the JSON it came with; a missing node where it was none
 */
public record Answer(int status, JsonNode body) {
  public boolean ok() {
    return status / 100 == 2;
  }

  /** What went wrong, in the engine's words. */
  public String message() {
    String message = body.path("error").path("message").asText("");
    return message.isBlank() ? "the engine answered HTTP " + status : message;
  }

  /** Every violation the engine named, {@code field: message}; empty where it listed none. */
  public List<String> violations() {
    JsonNode details =
        body.path("error").has("details")
            ? body.path("error").path("details")
            : body.path("details");
    List<String> lines = new ArrayList<>();
    for (JsonNode detail : details) {
      String field = detail.path("field").asText("");
      String message = detail.path("message").asText("");
      boolean said = field.isBlank() || message.startsWith(field + ":");
      lines.add(said ? message : field + ": " + message);
    }
    return lines;
  }
}
