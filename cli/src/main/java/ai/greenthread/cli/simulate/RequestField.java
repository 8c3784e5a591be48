package ai.greenthread.cli.simulate;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What is read of a request, and the names that logs give it; written as one likes. */
enum RequestField {
  TIME(
      "time",
      "time timestamp @timestamp ts datetime start_time created created_at time_ms timestamp_ms"),
  MODEL("model name", "model model_name requested_model model_id"),
  PROMPT(
      "number of prompt tokens",
      "prompt_tokens input_tokens context_tokens request_tokens input_length"),
  GENERATED(
      "number of generated tokens",
      "completion_tokens output_tokens generated_tokens response_tokens output_length"),
  STATUS("status", "status status_code http_status response_code");

  private final String words;
  private final String names;

  RequestField(String words, String names) {
    this.words = words;
    this.names = names;
  }

  String words() {
    return words;
  }

  /** The names as documented. */
  List<String> names() {
    return List.of(names.split(" ", -1));
  }

  /** The names as they are compared, the preferred one first. */
  List<String> keys() {
    return names().stream().map(RequestField::key).toList();
  }

  /** A name without what writers differ in: {@code promptTokens} is {@code prompt_tokens}. */
  static String key(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replaceAll("[_\\-\\s]", "");
  }

  static List<RequestField> needed(boolean withModel) {
    return Arrays.stream(values())
        .filter(field -> field != STATUS && (withModel || field != MODEL))
        .toList();
  }
}
