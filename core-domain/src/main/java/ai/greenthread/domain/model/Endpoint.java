package ai.greenthread.domain.model;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A way to ask a model ({@code spec.endpoints[]}). The first four names and the audio names are the
 * product's; the others are this project's names for paths that the product serves.
 */
public enum Endpoint implements Named {
  CHAT_COMPLETIONS("chat_completions", Kind.GENERATES, "/v1/chat/completions"),
  COMPLETIONS("completions", Kind.GENERATES, "/v1/completions"),
  RESPONSES("responses", Kind.GENERATES, "/v1/responses"),
  MESSAGES("messages", Kind.GENERATES, "/v1/messages", "/v1/messages/count_tokens"),
  AUDIO_TRANSCRIPTIONS("audio_transcriptions", Kind.LISTENS, "/v1/audio/transcriptions"),
  AUDIO_TRANSLATIONS("audio_translations", Kind.LISTENS, "/v1/audio/translations"),
  AUDIO_SPEECH("audio_speech", Kind.SPEAKS, "/v1/audio/speech"),
  EMBEDDINGS("embeddings", Kind.POOLS, "/v1/embeddings"),
  RERANK("rerank", Kind.POOLS, "/v1/rerank", "/v2/rerank", "/rerank"),
  SCORE("score", Kind.POOLS, "/v1/score", "/score"),
  CLASSIFY("classify", Kind.POOLS, "/classify"),
  TOKENIZE("tokenize", Kind.ANY, "/tokenize"),
  DETOKENIZE("detokenize", Kind.ANY, "/detokenize"),
  INVOCATIONS("invocations", Kind.ANY, "/invocations");

  private enum Kind {
    GENERATES,
    LISTENS,
    SPEAKS,
    POOLS,
    ANY
  }

  private final String wireName;
  private final Kind kind;

  // List.of makes it unchangeable, which the type does not say.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> paths;

  Endpoint(String wireName, Kind kind, String... paths) {
    this.wireName = wireName;
    this.kind = kind;
    this.paths = List.of(paths);
  }

  @Override
  public String wireName() {
    return wireName;
  }

  /** The HTTP paths that belong to it, main path first. */
  public List<String> paths() {
    return paths;
  }

  /**
   * Whether a model of that type can answer here. An engine runs a model either to generate or to
   * pool, never both, so embedding and reranking exclude generation; models that hear or speak may
   * also generate text, and chat models may hear.
   */
  public boolean suits(ModelType type) {
    return switch (kind) {
      case ANY -> true;
      case POOLS -> type == ModelType.EMBEDDING || type == ModelType.RERANKER;
      case GENERATES -> type != ModelType.EMBEDDING && type != ModelType.RERANKER;
      case LISTENS -> type == ModelType.ASR || type == ModelType.CHAT;
      case SPEAKS -> type == ModelType.TTS;
    };
  }

  /** Every endpoint that suits the type. */
  public static Set<Endpoint> suiting(ModelType type) {
    EnumSet<Endpoint> suiting = EnumSet.allOf(Endpoint.class);
    suiting.removeIf(endpoint -> !endpoint.suits(type));
    return suiting;
  }
}
