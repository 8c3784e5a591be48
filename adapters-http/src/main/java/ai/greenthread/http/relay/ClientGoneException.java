package ai.greenthread.http.relay;

import java.io.IOException;

/** The client closed its connection before it had its whole answer. */
public final class ClientGoneException extends IOException {
  public ClientGoneException(String message, Throwable cause) {
    super(message, cause);
  }

  public ClientGoneException(String message) {
    super(message);
  }
}
