package ai.greenthread.http.relay;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ErrorCode;
import java.time.Duration;

/** An upstream's failure as the caller is told of it. */
public final class UpstreamErrors {
  private static final Duration SOON = Duration.ofSeconds(1);

  private UpstreamErrors() {}

  public static ApiError of(UpstreamException failure, Cancellation cancellation) {
    return switch (failure.failure()) {
      case REFUSED, UNREACHABLE ->
          ApiError.of(ErrorCode.UPSTREAM_UNREACHABLE, message(failure)).withRetryAfter(SOON);
      case DECLINED -> ApiError.of(ErrorCode.SHUTTING_DOWN, message(failure)).withRetryAfter(SOON);
      case CONNECT_TIMEOUT, HEAD_TIMEOUT, SILENT_MID_BODY ->
          ApiError.of(ErrorCode.UPSTREAM_TIMEOUT, message(failure));
      case TOO_MANY_CONNECTIONS, NO_CONNECTION ->
          ApiError.of(ErrorCode.UPSTREAM_BUSY, message(failure)).withRetryAfter(SOON);
      case BROKEN_BEFORE_FIRST_BYTE, BROKEN_IN_HEAD, BROKEN_MID_BODY ->
          ApiError.of(ErrorCode.UPSTREAM_BROKEN, message(failure)).withRetryAfter(SOON);
      case INVALID_RESPONSE -> ApiError.of(ErrorCode.UPSTREAM_INVALID, message(failure));
      case CANCELLED_UNSENT, CANCELLED ->
          cancellation.reason().map(UpstreamErrors::of).orElseGet(UpstreamErrors::internal);
    };
  }

  /** What a cancelled request's client is told, if it is still there. */
  public static ApiError of(Cancellation.Reason reason) {
    return switch (reason) {
      case DRAIN_DEADLINE ->
          ApiError.of(
                  ErrorCode.PREEMPTED,
                  "the model had to make room for another one before this answer was complete;"
                      + " send the request again")
              .withRetryAfter(SOON);
      case REQUEST_DEADLINE ->
          ApiError.of(ErrorCode.WAIT_TIMEOUT, "the request's time was over before its answer came");
      case SHUTTING_DOWN ->
          ApiError.of(ErrorCode.SHUTTING_DOWN, "the server stops; send the request again")
              .withRetryAfter(SOON);
      case UPSTREAM_DIED ->
          ApiError.of(
                  ErrorCode.UPSTREAM_BROKEN,
                  "the model's server ended before this answer was complete; send the request again")
              .withRetryAfter(SOON);
      case CLIENT_GONE -> internal();
    };
  }

  private static ApiError internal() {
    return ApiError.of(ErrorCode.INTERNAL, "the request was given up");
  }

  private static String message(UpstreamException failure) {
    String message = failure.getMessage();
    return message == null ? failure.failure().name() : message;
  }
}
