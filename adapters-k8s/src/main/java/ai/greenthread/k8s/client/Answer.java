package ai.greenthread.k8s.client;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

/**
 * What the API server answered.
 *
 * @param status the HTTP status
 * @param body the object, or the server's {@code Status}; a text that is no JSON object stands
 *     under {@code message}
 */
public record Answer(int status, JsonObject body) {
  public boolean ok() {
    return status >= 200 && status < 300;
  }

  /** The server's own words about a failure; empty where it said nothing. */
  public String message() {
    JsonElement message = body.get("message");
    return message == null || !message.isJsonPrimitive() ? "" : message.getAsString();
  }

  /** For people and logs: status and words. */
  public String describe() {
    return status + (message().isEmpty() ? "" : " " + message());
  }
}
