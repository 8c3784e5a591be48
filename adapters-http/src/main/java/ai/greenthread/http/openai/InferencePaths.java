package ai.greenthread.http.openai;

import java.util.List;

/**
 * The POST paths that ask a model for something. They alone wake a model and count as activity; an
 * explicit list, so that no admin route of an inference server can be reached through us.
 */
public final class InferencePaths {
  public static final List<String> ALL =
      List.of(
          "/v1/chat/completions",
          "/v1/completions",
          "/v1/responses",
          "/v1/embeddings",
          "/v1/audio/transcriptions",
          "/v1/audio/translations",
          "/v1/audio/speech",
          "/v1/messages",
          "/v1/messages/count_tokens",
          "/v1/score",
          "/score",
          "/v1/rerank",
          "/v2/rerank",
          "/rerank",
          "/tokenize",
          "/detokenize",
          "/classify",
          "/invocations");

  private InferencePaths() {}
}
