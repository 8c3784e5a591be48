package ai.greenthread.runtimes.surface;

import ai.greenthread.runtimes.surface.GenerationRequest.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads the members of a completion request, and refuses clearly what this server does not do. */
final class RequestReading {
  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool", "function");

  /** More stop strings than this are refused. */
  private static final int MAX_STOPS = 16;

  private RequestReading() {}

  static List<ChatMessage> messages(JsonObject body) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonObject message : body.objects("messages")) {
      String role = message.requiredText("role");
      if (!ROLES.contains(role)) {
        throw ApiError.badRequest(
            "Unknown role: "
                + clip(role)
                + ". Roles are "
                + String.join(", ", ROLES.stream().sorted().toList())
                + ".",
            "messages");
      }
      messages.add(new ChatMessage(role, content(message)));
    }
    if (messages.isEmpty()) {
      throw ApiError.badRequest("messages must hold at least one message.", "messages");
    }
    return List.copyOf(messages);
  }

  private static String content(JsonObject message) {
    if (!message.has("content")) {
      return "";
    }
    if (message.members().get("content") instanceof String text) {
      return text;
    }
    StringBuilder content = new StringBuilder();
    for (JsonObject part : message.objects("content")) {
      String type = part.requiredText("type");
      if (!type.equals("text") && !type.equals("input_text")) {
        throw ApiError.badRequest(
            "This model reads text only, not content of type " + clip(type) + ".", "messages");
      }
      content.append(part.requiredText("text"));
    }
    return content.toString();
  }

  /** The one prompt of a plain completion: a string, a list of one, or a list of tokens. */
  static String prompt(JsonObject body, TextEngine engine) {
    Object prompt = body.members().get("prompt");
    if (prompt instanceof List<?> list && !list.isEmpty() && list.getFirst() instanceof Long) {
      return engine.detokenize(body.integers("prompt"));
    }
    List<String> prompts = body.texts("prompt");
    if (prompts.size() != 1 || prompts.getFirst().isEmpty()) {
      throw ApiError.badRequest(
          "prompt must be one non-empty text: this server answers one prompt per request.",
          "prompt");
    }
    return prompts.getFirst();
  }

  static Sampling sampling(JsonObject body, double defaultTemperature) {
    return new Sampling(
        body.numberBetween("temperature", 0, 2, defaultTemperature),
        body.numberBetween("top_p", 0, 1, 1),
        (int) body.numberBetween("top_k", -1, Integer.MAX_VALUE, 0),
        body.numberBetween("min_p", 0, 1, 0),
        body.numberBetween("presence_penalty", -2, 2, 0),
        body.numberBetween("frequency_penalty", -2, 2, 0),
        body.numberBetween("repetition_penalty", 0.01, 2, 1),
        body.whole("seed"),
        body.flag("ignore_eos", false));
  }

  static List<String> stops(JsonObject body) {
    List<String> stops = body.texts("stop");
    if (stops.size() > MAX_STOPS || stops.stream().anyMatch(String::isEmpty)) {
      throw ApiError.badRequest(
          "stop must be at most " + MAX_STOPS + " strings, none of them empty.", "stop");
    }
    return stops;
  }

  /** Refuses what would silently be left out otherwise. */
  static void refuseUnsupported(JsonObject body) {
    if (body.count("n", 1).orElse(1) != 1) {
      throw ApiError.badRequest(
          "n must be 1: this server writes one answer per request; ask again for another.", "n");
    }
    if (body.count("best_of", 0).orElse(1) > 1) {
      throw ApiError.badRequest("best_of must be 1.", "best_of");
    }
    if (body.has("logprobs") && !Boolean.FALSE.equals(body.members().get("logprobs"))) {
      throw ApiError.badRequest("logprobs are not supported by this server.", "logprobs");
    }
    if (body.flag("echo", false)) {
      throw ApiError.badRequest("echo is not supported by this server.", "echo");
    }
    if (body.text("suffix").filter(suffix -> !suffix.isEmpty()).isPresent()) {
      throw ApiError.badRequest("suffix is not currently supported.", "suffix");
    }
    if (!body.list("tools").orElse(List.of()).isEmpty()
        && !"none".equals(body.members().get("tool_choice"))) {
      throw ApiError.badRequest("Tool calls are not supported by this server.", "tools");
    }
    Optional<String> format = body.object("response_format").flatMap(wanted -> wanted.text("type"));
    if (format.filter(type -> !type.equals("text")).isPresent()) {
      throw ApiError.badRequest(
          "response_format " + clip(format.get()) + " is not supported by this server.",
          "response_format");
    }
  }

  /**
   * How long the answer may become.
   *
   * @param fallback where the request names no limit
   */
  static int maxTokens(JsonObject body, int promptTokens, int maxModelLen, OptionalInt fallback) {
    OptionalInt asked = body.count("max_completion_tokens", 1);
    if (asked.isEmpty()) {
      asked = body.count("max_tokens", 1);
    }
    int room = maxModelLen - promptTokens;
    int wanted = asked.orElse(Math.min(Math.max(room, 1), fallback.orElse(Integer.MAX_VALUE)));
    if (wanted > room) {
      throw ApiError.badRequest(
          "This model's maximum context length is %d tokens. However, you requested %d output tokens and your prompt contains %d input tokens, for a total of %d tokens. Please reduce the length of the input prompt or the number of requested output tokens."
              .formatted(
                  maxModelLen,
                  asked.orElse(0),
                  promptTokens,
                  (long) promptTokens + asked.orElse(0)),
          "input_tokens");
    }
    return wanted;
  }

  /** A caller's word as an error may repeat it: short. */
  static String clip(String word) {
    return word.length() <= 128 ? word : word.substring(0, 128) + "…";
  }
}
