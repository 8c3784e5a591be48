package ai.greenthread.k8s.controller;

import ai.greenthread.k8s.client.Answer;
import java.io.IOException;

/** The API server, or an object of somebody else, stands in the way; time alone does not help. */
final class Refused extends IOException {
  private static final long serialVersionUID = 1;
  private static final int CONFLICT = 409;
  private static final int TOO_MANY = 429;

  Refused(String message) {
    super(message);
  }

  /** What to throw for an answer that is no success: only some are worth telling a user. */
  static IOException of(String what, Answer answer) {
    String message = what + " was refused: " + answer.describe();
    boolean lasting =
        answer.status() / 100 == 4 && answer.status() != CONFLICT && answer.status() != TOO_MANY;
    return lasting ? new Refused(message) : new IOException(message);
  }
}
