package ai.greenthread.http.relay;

import java.io.IOException;

/** An upstream failed a request. The message names no secret and no body text. */
public final class UpstreamException extends IOException {
  private final UpstreamFailure failure;

  public UpstreamException(UpstreamFailure failure, String message) {
    super(message);
    this.failure = failure;
  }

  public UpstreamException(UpstreamFailure failure, String message, Throwable cause) {
    super(message, cause);
    this.failure = failure;
  }

  public UpstreamFailure failure() {
    return failure;
  }
}
