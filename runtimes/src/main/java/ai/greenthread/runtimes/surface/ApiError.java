package ai.greenthread.runtimes.surface;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A refusal that a caller meets, worded and typed as vLLM words and types its own. */
public final class ApiError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final @Nullable String param;

  public ApiError(int status, String message, Optional<String> param) {
    super(message, null, false, false);
    this.status = status;
    this.type = typeOf(status);
    this.param = param.orElse(null);
  }

  public static ApiError badRequest(String message, String param) {
    return new ApiError(400, message, Optional.of(param));
  }

  public static ApiError of(int status, String message) {
    return new ApiError(status, message, Optional.empty());
  }

  public int status() {
    return status;
  }

  public String message() {
    return String.valueOf(getMessage());
  }

  /** The body, with all four keys in every case. */
  public Map<String, @Nullable Object> body(ErrorShape shape) {
    Map<String, @Nullable Object> fields =
        Json.object("message", message(), "type", type, "param", param, "code", status);
    return switch (shape) {
      case NESTED -> Json.object("error", fields);
      case FLAT -> {
        Map<String, @Nullable Object> flat = Json.object("object", "error");
        flat.putAll(fields);
        yield flat;
      }
    };
  }

  private static String typeOf(int status) {
    return switch (status) {
      case 400, 413, 422, 431 -> "BadRequestError";
      case 401 -> "AuthenticationError";
      case 404, 405 -> "NotFoundError";
      case 429 -> "RateLimitError";
      case 501 -> "NotImplementedError";
      case 503 -> "ServiceUnavailableError";
      default -> "InternalServerError";
    };
  }
}
