package ai.greenthread.bench;

/** Why something cannot be measured here, in words for the report. */
final class Unavailable extends Exception {
  private static final long serialVersionUID = 1L;

  Unavailable(String reason) {
    super(reason);
  }

  String reason() {
    String message = getMessage();
    return message == null ? "unknown" : message;
  }
}
