package ai.greenthread.k8s.node;

import java.io.Serial;

/** Why a container cannot be started now; it is tried again. */
final class NotYet extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final String reason;

  /**
   * @param reason the word a container's status gives, such as {@code CreateContainerConfigError}
   */
  NotYet(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  static NotYet config(String message) {
    return new NotYet("CreateContainerConfigError", message);
  }

  String reason() {
    return reason;
  }

  String words() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
