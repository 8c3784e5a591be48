package ai.greenthread.http.openai;

/**
 * Every error that a caller can meet, with the status, the OpenAI error type and the stable code it
 * is answered with. Codes are interface: they are added, never renamed.
 */
public enum ErrorCode {
  INVALID_REQUEST(400, Type.INVALID_REQUEST, "invalid_request"),
  INVALID_JSON(400, Type.INVALID_REQUEST, "invalid_json"),
  MISSING_PARAMETER(400, Type.INVALID_REQUEST, "missing_required_parameter"),
  INVALID_TYPE(400, Type.INVALID_REQUEST, "invalid_type"),
  INVALID_API_KEY(401, Type.INVALID_REQUEST, "invalid_api_key"),
  HOST_NOT_ALLOWED(403, Type.PERMISSION, "host_not_allowed"),
  CROSS_ORIGIN(403, Type.PERMISSION, "cross_origin_request"),
  UNKNOWN_URL(404, Type.INVALID_REQUEST, "unknown_url"),
  MODEL_NOT_FOUND(404, Type.INVALID_REQUEST, "model_not_found"),
  NOT_FOUND(404, Type.INVALID_REQUEST, "not_found"),
  METHOD_NOT_ALLOWED(405, Type.INVALID_REQUEST, "method_not_allowed"),
  UPLOAD_TIMEOUT(408, Type.INVALID_REQUEST, "request_timeout"),
  BODY_TOO_LARGE(413, Type.INVALID_REQUEST, "request_too_large"),
  URI_TOO_LONG(414, Type.INVALID_REQUEST, "uri_too_long"),
  UNPROCESSABLE(422, Type.INVALID_REQUEST, "unprocessable"),
  HEADERS_TOO_LARGE(431, Type.INVALID_REQUEST, "headers_too_large"),
  QUEUE_FULL(429, Type.RATE_LIMIT, "queue_full"),
  INTERNAL(500, Type.SERVER, "internal_error"),
  UPSTREAM_UNREACHABLE(502, Type.SERVER, "upstream_unreachable"),
  UPSTREAM_BROKEN(502, Type.SERVER, "upstream_broken"),
  UPSTREAM_INVALID(502, Type.SERVER, "upstream_invalid_response"),
  UPSTREAM_BUSY(503, Type.SERVER, "upstream_connections_exhausted"),
  BODY_MEMORY_EXHAUSTED(503, Type.SERVER, "request_memory_exhausted"),
  MODEL_BOOTING(503, Type.SERVER, "model_booting"),
  MODEL_DRAINING(503, Type.SERVER, "model_draining"),
  MODEL_FAILED(503, Type.SERVER, "model_failed"),
  WAKE_FAILED(503, Type.SERVER, "wake_failed"),
  NO_REPLICA(503, Type.SERVER, "no_replica"),
  PREEMPTED(503, Type.SERVER, "preempted"),
  SHUTTING_DOWN(503, Type.SERVER, "shutting_down"),
  UPSTREAM_TIMEOUT(504, Type.SERVER, "upstream_timeout"),
  WAIT_TIMEOUT(504, Type.SERVER, "wait_timeout"),
  HTTP_VERSION(505, Type.INVALID_REQUEST, "http_version_not_supported");

  /** The OpenAI error types in use. */
  enum Type {
    INVALID_REQUEST("invalid_request_error"),
    PERMISSION("permission_error"),
    RATE_LIMIT("rate_limit_error"),
    SERVER("server_error");

    private final String text;

    Type(String text) {
      this.text = text;
    }
  }

  private final int status;
  private final Type type;
  private final String code;

  ErrorCode(int status, Type type, String code) {
    this.status = status;
    this.type = type;
    this.code = code;
  }

  public int status() {
    return status;
  }

  /** {@code error.type} in OpenAI's shape. */
  public String type() {
    return type.text;
  }

  /** {@code error.code} in OpenAI's shape. */
  public String code() {
    return code;
  }

  /** {@code error.type} in Anthropic's shape, which has a type per status and no code. */
  public String anthropicType() {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 503 -> "overloaded_error";
      case 504 -> "timeout_error";
      default -> status < 500 ? "invalid_request_error" : "api_error";
    };
  }
}
