package ai.greenthread.runtimes.surface;

import ai.greenthread.runtimes.http.HttpRequest;
import java.util.OptionalLong;

/**
 * What an engine is to write.
 *
 * @param id for logs and records
 * @param prompt the rendered prompt
 * @param promptTokens its length
 * @param http as it arrived, for engines that look at its headers
 * @param maxTokens upper bound of the answer, at least 1; prompt and answer together fit the
 *     context
 */
public record GenerationRequest(
    String id,
    String prompt,
    int promptTokens,
    int maxTokens,
    Sampling sampling,
    HttpRequest http) {

  /**
   * How the next token is chosen.
   *
   * @param temperature 0 = always the likeliest
   * @param topK 0 = all
   * @param seed empty = any
   * @param ignoreEnd goes on past the end-of-text token until the token limit
   */
  public record Sampling(
      double temperature,
      double topP,
      int topK,
      double minP,
      double presencePenalty,
      double frequencyPenalty,
      double repetitionPenalty,
      OptionalLong seed,
      boolean ignoreEnd) {}
}
