package ai.greenthread.runtimes.surface;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How one answer's objects look on the wire: chat or plain completion, whole or in chunks. */
abstract sealed class AnswerShape {
  private final String id;
  private final long created;
  private final String model;

  private AnswerShape(String id, long created, String model) {
    this.id = id;
    this.created = created;
    this.model = model;
  }

  /** The chunk before the first text, where the shape has one. */
  abstract Optional<Map<String, @Nullable Object>> opening();

  abstract Map<String, @Nullable Object> delta(String text);

  abstract Map<String, @Nullable Object> last(FinishReason reason, @Nullable String stopString);

  abstract Map<String, @Nullable Object> whole(
      String text, FinishReason reason, @Nullable String stopString, Usage usage);

  abstract String chunkName();

  /** The chunk that carries only the usage. */
  final Map<String, @Nullable Object> usageChunk(Usage usage) {
    Map<String, @Nullable Object> chunk = chunk(List.of());
    chunk.put("usage", usage.json());
    return chunk;
  }

  final Map<String, @Nullable Object> chunk(List<?> choices) {
    return Json.object(
        "id", id, "object", chunkName(), "created", created, "model", model, "choices", choices);
  }

  final Map<String, @Nullable Object> answer(String object, Object choice, Usage usage) {
    return Json.object(
        "id",
        id,
        "object",
        object,
        "created",
        created,
        "model",
        model,
        "choices",
        List.of(choice),
        "usage",
        usage.json());
  }

  /** Tokens of question and answer. */
  record Usage(int prompt, int completion) {
    Map<String, @Nullable Object> json() {
      return Json.object(
          "prompt_tokens",
          prompt,
          "total_tokens",
          prompt + completion,
          "completion_tokens",
          completion,
          "prompt_tokens_details",
          null);
    }
  }

  /** {@code /v1/chat/completions}. */
  static final class Chat extends AnswerShape {
    Chat(String id, long created, String model) {
      super(id, created, model);
    }

    @Override
    Optional<Map<String, @Nullable Object>> opening() {
      return Optional.of(choice(Json.object("role", "assistant", "content", ""), null));
    }

    @Override
    Map<String, @Nullable Object> delta(String text) {
      return choice(Json.object("content", text), null);
    }

    @Override
    Map<String, @Nullable Object> last(FinishReason reason, @Nullable String stopString) {
      return chunk(
          List.of(
              Json.object(
                  "index",
                  0,
                  "delta",
                  Json.object("content", ""),
                  "logprobs",
                  null,
                  "finish_reason",
                  reason.wireName(),
                  "stop_reason",
                  stopString)));
    }

    @Override
    Map<String, @Nullable Object> whole(
        String text, FinishReason reason, @Nullable String stopString, Usage usage) {
      Object message =
          Json.object(
              "role", "assistant", "content", text, "refusal", null, "tool_calls", List.of());
      return answer(
          "chat.completion",
          Json.object(
              "index",
              0,
              "message",
              message,
              "logprobs",
              null,
              "finish_reason",
              reason.wireName(),
              "stop_reason",
              stopString),
          usage);
    }

    @Override
    String chunkName() {
      return "chat.completion.chunk";
    }

    private Map<String, @Nullable Object> choice(
        Map<String, @Nullable Object> delta, @Nullable String reason) {
      return chunk(
          List.of(
              Json.object("index", 0, "delta", delta, "logprobs", null, "finish_reason", reason)));
    }
  }

  /** {@code /v1/completions}. */
  static final class Plain extends AnswerShape {
    Plain(String id, long created, String model) {
      super(id, created, model);
    }

    @Override
    Optional<Map<String, @Nullable Object>> opening() {
      return Optional.empty();
    }

    @Override
    Map<String, @Nullable Object> delta(String text) {
      return chunk(List.of(choice(text, null, null)));
    }

    @Override
    Map<String, @Nullable Object> last(FinishReason reason, @Nullable String stopString) {
      return chunk(List.of(choice("", reason.wireName(), stopString)));
    }

    @Override
    Map<String, @Nullable Object> whole(
        String text, FinishReason reason, @Nullable String stopString, Usage usage) {
      return answer("text_completion", choice(text, reason.wireName(), stopString), usage);
    }

    @Override
    String chunkName() {
      return "text_completion";
    }

    private static Map<String, @Nullable Object> choice(
        String text, @Nullable String reason, @Nullable String stopString) {
      return Json.object(
          "index",
          0,
          "text",
          text,
          "logprobs",
          null,
          "finish_reason",
          reason,
          "stop_reason",
          stopString);
    }
  }
}
