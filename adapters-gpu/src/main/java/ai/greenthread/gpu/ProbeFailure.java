package ai.greenthread.gpu;

/** A way of looking for devices does not work here; the message is a sentence for people. */
final class ProbeFailure extends Exception {
  private static final long serialVersionUID = 1L;

  ProbeFailure(String reason) {
    super(reason);
  }

  ProbeFailure(String reason, Throwable cause) {
    super(reason, cause);
  }

  /** The sentence given to the constructor. */
  String reason() {
    return String.valueOf(getMessage());
  }
}
