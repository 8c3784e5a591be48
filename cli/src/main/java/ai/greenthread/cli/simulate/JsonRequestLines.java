package ai.greenthread.cli.simulate;

import ai.greenthread.cli.client.Json;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One JSON object a line. A field may stand in the object itself or in the parts that access logs
 * of OpenAI's API have: {@code usage}, {@code request}, {@code response}, {@code body}.
 */
final class JsonRequestLines implements RequestLines {
  private static final Set<String> PARTS = Set.of("usage", "request", "response", "body");

  private final Map<RequestField, List<String>> keys = new EnumMap<>(RequestField.class);
  private final boolean mooncake;
  private final boolean millis;

  /** Judges by the first object what kind of file it is. */
  JsonRequestLines(String firstLine) {
    for (RequestField field : RequestField.values()) {
      keys.put(field, field.keys());
    }
    Map<String, String> first;
    try {
      first = fields(firstLine);
    } catch (BadLineException e) {
      first = Map.of();
    }
    this.mooncake =
        first.containsKey("inputlength")
            && first.containsKey("outputlength")
            && first.containsKey("timestamp");
    this.millis =
        mooncake
            || RequestField.TIME.keys().stream()
                .filter(first::containsKey)
                .findFirst()
                .filter(key -> key.endsWith("ms"))
                .isPresent();
  }

  @Override
  public RequestFile.Format format() {
    return mooncake ? RequestFile.Format.MOONCAKE : RequestFile.Format.JSON_LOG;
  }

  @Override
  public boolean timesAreMillis() {
    return millis;
  }

  @Override
  public Values values(String line) throws BadLineException {
    Map<String, String> fields = fields(line);
    return field ->
        keys.getOrDefault(field, List.of()).stream()
            .filter(fields::containsKey)
            .findFirst()
            .map(fields::get);
  }

  /** Scalars by key, those further out first. */
  private static Map<String, String> fields(String line) throws BadLineException {
    JsonNode tree;
    try {
      tree = Json.parse(line);
    } catch (JsonProcessingException e) {
      throw new BadLineException("is not JSON");
    }
    if (!tree.isObject()) {
      throw new BadLineException("is not a JSON object");
    }
    Map<String, String> fields = new HashMap<>();
    var parts = new ArrayDeque<JsonNode>();
    parts.add(tree);
    while (!parts.isEmpty()) {
      for (var field : parts.remove().properties()) {
        String key = RequestField.key(field.getKey());
        JsonNode value = field.getValue();
        if (value.isObject() && PARTS.contains(key)) {
          parts.add(value);
        } else if (value.isValueNode() && !value.isNull() && !value.asText().isBlank()) {
          fields.putIfAbsent(key, value.asText());
        }
      }
    }
    return fields;
  }
}
