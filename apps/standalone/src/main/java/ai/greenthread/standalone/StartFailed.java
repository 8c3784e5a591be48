package ai.greenthread.standalone;

/** The engine cannot start; the message says what is wrong and what to do. */
public final class StartFailed extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StartFailed(String message) {
    super(message);
  }

  public StartFailed(String message, Throwable cause) {
    super(message, cause);
  }
}
