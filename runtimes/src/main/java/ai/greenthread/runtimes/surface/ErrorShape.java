package ai.greenthread.runtimes.surface;

/** Where an error's fields stand in the body. */
public enum ErrorShape {
  /** Inside {@code error}, as OpenAI and current vLLM have it. */
  NESTED,
  /** At the top level beside {@code "object":"error"}, as older vLLM had it. */
  FLAT
}
