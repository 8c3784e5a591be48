package ai.greenthread.cli;

import ai.greenthread.cli.text.Human;
import ai.greenthread.cli.text.Palette;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * An engine event read for people.
 *
 * @param json the envelope as it was sent
 */
record EventLine(JsonNode json) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

  String type() {
    return json.path("type").asText("");
  }

  /** The periodic picture of everything, which a program wants and a person does not. */
  boolean isState() {
    return type().equals("system_state");
  }

  Instant time() {
    return Instant.ofEpochMilli(json.path("timestamp").asLong(0));
  }

  /** {@code 16:02:11.123 wake_completed tiny-chat awake (1.2 s)}. */
  String text(Palette palette) {
    String clock = TIME.format(time().atZone(ZoneId.systemDefault()));
    String type = String.format(Locale.ROOT, "%-18s", type());
    String coloured =
        type().endsWith("_failed") || type().endsWith("_error")
            ? palette.red(type)
            : type().endsWith("_completed") ? palette.green(type) : palette.yellow(type);
    String model =
        String.format(Locale.ROOT, "%-16s", Human.harmless(json.path("model_name").asText("-")));
    return (palette.dim(clock) + "  " + coloured + "  " + model + "  " + message()).stripTrailing();
  }

  /** The event's own words and how long it took. */
  String message() {
    String message = Human.harmless(json.path("message").asText("")).replace('\n', ' ');
    JsonNode took = json.path("duration_ms");
    return took.isNumber()
        ? message + " (" + Human.took(Duration.ofMillis(took.asLong())) + ")"
        : message;
  }
}
