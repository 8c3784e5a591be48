package ai.greenthread.runtimes.surface;

import ai.greenthread.runtimes.http.Exchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Plain answers. */
public final class Replies {
  private Replies() {}

  public static void json(Exchange exchange, int status, Map<String, ?> body) throws IOException {
    exchange.respond(status, "application/json", Json.bytes(body));
  }

  public static void text(Exchange exchange, String contentType, String body) throws IOException {
    exchange.respond(200, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  /** A status without a body, as the health and sleep routes answer. */
  public static void empty(Exchange exchange, int status) throws IOException {
    exchange.respond(status, "", new byte[0]);
  }
}
