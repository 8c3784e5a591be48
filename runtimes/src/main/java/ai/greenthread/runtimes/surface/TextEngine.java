package ai.greenthread.runtimes.surface;

import java.util.List;
import java.util.Optional;

/**
 * What stands behind the surface: a real model or a simulated one. Errors for the caller are {@link
 * ApiError}s.
 */
public interface TextEngine {

  /**
   * What is served.
   *
   * @param names under which requests may ask for it; the first one labels the metrics
   * @param root file or repository the model came from
   * @param maxModelLen context in tokens, question and answer together
   * @param defaultTemperature for requests that name none
   */
  record Served(List<String> names, String root, int maxModelLen, double defaultTemperature) {}

  Served served();

  /** False once the engine cannot answer any more; then health is 503. */
  boolean alive();

  /** Version for {@code /version}. */
  String version();

  /** Renders a conversation with the model's chat template, up to where the assistant begins. */
  String chatPrompt(List<ChatMessage> messages);

  /** Tokens of the text as the model would read it, with the begin token where it wants one. */
  int[] tokenize(String text);

  String detokenize(int[] tokens);

  /**
   * Begins an answer; the request may have to wait for its turn, which {@link Generation#next}
   * does.
   */
  Generation generate(GenerationRequest request);

  /** The text's vector, or empty where the model makes none. */
  Optional<float[]> embed(String text) throws InterruptedException;
}
