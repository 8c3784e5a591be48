package ai.greenthread.http.server;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ErrorBody;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.openai.ErrorShape;
import ai.greenthread.http.openai.RequestIds;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;

/** Answers what Helidon refuses before a request exists, in the shape of every other error. */
final class Problems implements DirectHandler {
  private final RequestIds requestIds;
  private final ServerSettings settings;

  Problems(RequestIds requestIds, ServerSettings settings) {
    this.requestIds = requestIds;
    this.settings = settings;
  }

  DirectHandlers handlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (EventType type : EventType.values()) {
      handlers.addHandler(type, this);
    }
    return handlers.build();
  }

  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    ApiError error = error(status, message == null ? "" : message);
    String requestId = requestIds.next();
    TransportResponse.Builder response =
        TransportResponse.builder()
            .status(Status.create(error.status()))
            .keepAlive(false)
            .header(HeaderNames.create("x-request-id"), requestId);
    ErrorBody.headers(error, (name, value) -> response.header(HeaderNames.create(name), value));
    return response
        .entity(ErrorBody.json(error, ErrorShape.forPath(request.path()), requestId))
        .build();
  }

  /** Helidon's own message may quote the request, so only its kind is told. */
  private ApiError error(Status status, String message) {
    if (message.startsWith("Header size exceeded")) {
      return ApiError.of(
          ErrorCode.HEADERS_TOO_LARGE,
          "the header fields are larger than the limit of " + settings.maxHeaderBytes() + " bytes");
    }
    return switch (status.code()) {
      case 414 ->
          ApiError.of(
              ErrorCode.URI_TOO_LONG,
              "the request line is longer than the limit of "
                  + settings.maxRequestLineBytes()
                  + " bytes");
      case 505 ->
          ApiError.of(
              ErrorCode.HTTP_VERSION,
              "HTTP/1.0 is not served: use HTTP/1.1 (in nginx: proxy_http_version 1.1)");
      case 500 ->
          ApiError.of(
              ErrorCode.INTERNAL, "the server failed to handle the request; its log says why");
      default -> ApiError.of(ErrorCode.INVALID_REQUEST, "the request is not well-formed HTTP/1.1");
    };
  }
}
