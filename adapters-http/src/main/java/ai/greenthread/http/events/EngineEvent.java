package ai.greenthread.http.events;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One event. Holds no prompt, no answer and no secret.
 *
 * @param id moment to the second and a number, unique in one engine: {@code YYYYMMDDhhmmssNNN}
 * @param type what kind
 * @param at when
 * @param modelName name of the Model object; empty for events of the whole engine
 * @param message for people
 * @param durationOrNull how long what ended here took
 * @param metadata further facts: strings, numbers, lists and maps
 */
public record EngineEvent(
    String id,
    EventType type,
    Instant at,
    String modelName,
    String message,
    @Nullable Duration durationOrNull,
    Map<String, Object> metadata) {
  public EngineEvent {
    metadata = Map.copyOf(metadata);
  }

  public Optional<Duration> duration() {
    return Optional.ofNullable(durationOrNull);
  }
}
