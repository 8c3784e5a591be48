package ai.greenthread.scheduling.runtime;

/** An inference server did not do what it was asked; the message is fit for an operator. */
public final class RuntimeFailure extends Exception {
  private static final long serialVersionUID = 1;

  public RuntimeFailure(String message) {
    super(message);
  }

  public RuntimeFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
