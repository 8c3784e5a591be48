package ai.greenthread.http.openai;

import java.time.Duration;
import java.util.Optional;

/**
 * One error as a caller meets it. The message says what was wrong and what to do; it holds no
 * prompt, key or token.
 *
 * @param code which error; gives status and type
 * @param message for people
 * @param param the parameter that is wrong, if it is one
 * @param retryAfter when a retry makes sense, if it does
 * @param shouldRetry overrides what client libraries would do by status, if needed
 */
public record ApiError(
    ErrorCode code,
    String message,
    Optional<String> param,
    Optional<Duration> retryAfter,
    Optional<Boolean> shouldRetry) {

  public static ApiError of(ErrorCode code, String message) {
    return new ApiError(code, message, Optional.empty(), Optional.empty(), Optional.empty());
  }

  public ApiError withParam(String name) {
    return new ApiError(code, message, Optional.of(name), retryAfter, shouldRetry);
  }

  public ApiError withRetryAfter(Duration wait) {
    return new ApiError(code, message, param, Optional.of(wait), shouldRetry);
  }

  public ApiError withShouldRetry(boolean retry) {
    return new ApiError(code, message, param, retryAfter, Optional.of(retry));
  }

  public int status() {
    return code.status();
  }
}
