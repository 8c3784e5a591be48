package ai.greenthread.http.sidecar;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.scheduling.gate.Refusal;

/** A refusal of the gate as an error of the API. */
final class RefusalErrors {
  private RefusalErrors() {}

  static ApiError of(Refusal refusal) {
    ApiError error = ApiError.of(code(refusal.cause()), refusal.message());
    if (refusal.cause() == Refusal.Cause.SHUTTING_DOWN) {
      // It reached no server: whoever knows another replica may send it there.
      return error.withRetryAfter(refusal.retryAfter()).withShouldRetry(true);
    }
    return refusal.retryAfter().isZero()
        ? error.withShouldRetry(false)
        : error.withRetryAfter(refusal.retryAfter());
  }

  private static ErrorCode code(Refusal.Cause cause) {
    return switch (cause) {
      case QUEUE_FULL -> ErrorCode.QUEUE_FULL;
      case DEADLINE -> ErrorCode.WAIT_TIMEOUT;
      case WAKE_FAILED -> ErrorCode.WAKE_FAILED;
      case NEVER_FITS -> ErrorCode.MODEL_FAILED;
      case DRAINING -> ErrorCode.MODEL_DRAINING;
      case SHUTTING_DOWN -> ErrorCode.SHUTTING_DOWN;
    };
  }
}
