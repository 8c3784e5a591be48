package ai.greenthread.domain.model;

/** What a model is for ({@code spec.modelType}). */
public enum ModelType implements Named {
  CHAT("chat"),
  /** Text to speech. */
  TTS("tts"),
  /** Speech to text. */
  ASR("asr"),
  EMBEDDING("embedding"),
  RERANKER("reranker");

  private final String wireName;

  ModelType(String wireName) {
    this.wireName = wireName;
  }

  @Override
  public String wireName() {
    return wireName;
  }
}
