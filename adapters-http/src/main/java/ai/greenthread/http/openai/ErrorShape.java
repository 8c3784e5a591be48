package ai.greenthread.http.openai;

/** In which protocol's shape an error is written. */
public enum ErrorShape {
  OPENAI,
  ANTHROPIC;

  /** Anthropic's for {@code /v1/messages} and what is below it, OpenAI's for all else. */
  public static ErrorShape forPath(String path) {
    boolean messages =
        path.startsWith("/v1/messages") && (path.length() == 12 || path.charAt(12) == '/');
    return messages ? ANTHROPIC : OPENAI;
  }
}
