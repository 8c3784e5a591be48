package ai.greenthread.http.openai;

/** Ends the handling of a request with an error for the caller. */
public final class ApiException extends RuntimeException {
  private final transient ApiError error;

  public ApiException(ApiError error) {
    super(error.code() + ": " + error.message(), null, false, false);
    this.error = error;
  }

  public ApiException(ErrorCode code, String message) {
    this(ApiError.of(code, message));
  }

  public ApiError error() {
    return error;
  }
}
