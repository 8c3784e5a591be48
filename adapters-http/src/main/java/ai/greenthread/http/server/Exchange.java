package ai.greenthread.http.server;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ErrorShape;
import ai.greenthread.http.relay.Answer;
import ai.greenthread.http.relay.Cancellation;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.HeaderFields;
import ai.greenthread.http.relay.HopByHop;
import ai.greenthread.http.relay.ResponseChannel;
import ai.greenthread.http.relay.UpstreamRequest;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.webserver.http.RoutingRequest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * One request and its answer. Confined to the request's virtual thread, except its {@link
 * #cancellation}.
 */
public final class Exchange {
  private static final HopByHop FORWARDED =
      HopByHop.and("host", "content-length", "expect", "accept-encoding", "x-request-id");

  private final ClientConnection connection;
  private final RoutingRequest request;
  private final String requestId;
  private final String path;
  private final RequestBody body;
  private final Http1Response response;
  private final Answer answer;
  private final Cancellation cancellation = new Cancellation();
  private boolean closesConnection;

  Exchange(
      ClientConnection connection,
      RoutingRequest request,
      String path,
      String requestId,
      ServerSettings settings,
      BodyMemory memory) {
    this.connection = connection;
    this.request = request;
    this.requestId = requestId;
    this.path = path;
    this.body = new RequestBody(connection, request, settings, memory);
    this.closesConnection =
        request.headers().contains(HeaderNames.CONNECTION)
            && request.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
    this.response = new Http1Response(connection, this);
    this.answer = new Answer(response, ErrorShape.forPath(path), requestId);
  }

  public String method() {
    return request.prologue().method().text();
  }

  /** The path as routes know it, still encoded, without the query. */
  public String path() {
    return path;
  }

  /** That path, and the query as it came. */
  public String target() {
    String query = request.prologue().query().rawValue();
    return query.isEmpty() ? path : path + "?" + query;
  }

  /** A parameter of the query, decoded. */
  public Optional<String> queryParameter(String name) {
    return request.prologue().query().first(name).asOptional();
  }

  /**
   * This request as it is passed on: end-to-end header fields only, with this exchange's id.
   * Answers are asked for without coding, so that errors can be put behind what was passed on of
   * them.
   */
  public UpstreamRequest forward(byte[] content) {
    HeaderFields kept = headers();
    FORWARDED.strip(kept);
    kept.add("x-request-id", requestId);
    return method().equals("POST")
        ? UpstreamRequest.post(target(), kept, content)
        : UpstreamRequest.get(target(), kept);
  }

  /** A copy of the header fields as they came. */
  public HeaderFields headers() {
    HeaderFields fields = new HeaderFields();
    Headers all = request.headers();
    for (Header header : all) {
      for (String value : header.allValues()) {
        fields.add(header.name(), latin(value));
      }
    }
    return fields;
  }

  private static String latin(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) > 255) {
        return new String(value.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1);
      }
    }
    return value;
  }

  /** The first header field of this name. */
  public Optional<String> header(String name) {
    HeaderName wanted =
        name.equals("Content-Type") ? HeaderNames.CONTENT_TYPE : HeaderNames.create(name);
    return request.headers().first(wanted);
  }

  /** The id in {@code x-request-id} of request, answer and log. */
  public String requestId() {
    return requestId;
  }

  /**
   * Reads the whole body; to be called once.
   *
   * @throws ai.greenthread.http.openai.ApiException with status 400, 408, 413 or 503
   */
  public byte[] body() throws ClientGoneException {
    return body.read();
  }

  /** Cancelled when the client leaves or the server stops. */
  public Cancellation cancellation() {
    return cancellation;
  }

  /**
   * Closes the client's connection soon if it does not take what is being written; for an answer
   * that has been cut by whoever holds it. Returns at once; may be called by any thread.
   */
  public void closeIfStuck() {
    connection.closeIfStuck();
  }

  /** Says that this answer has no end of its own: when the server stops it is not waited for. */
  public void endWithServer() {
    connection.endWithServer();
  }

  /** The answer for a relay, with all its phases. */
  public Answer answer() {
    return answer;
  }

  /** The bare wire, for an answer that is neither relayed nor short. */
  public ResponseChannel channel() {
    return response;
  }

  /** A short answer. */
  public void respond(int status, String contentType, byte[] content) throws ClientGoneException {
    prepare();
    response.head(status, HeaderFields.of("Content-Type", contentType), content.length);
    response.write(content, 0, content.length);
    response.end();
  }

  /** A short answer in JSON. */
  public void respondJson(int status, byte[] json) throws ClientGoneException {
    respond(status, "application/json", json);
  }

  /** Answers with an error, as well as it can still be said. */
  public void fail(ApiError error) throws ClientGoneException {
    prepare();
    answer.fail(error);
  }

  /** Starts to watch for the client leaving, if its whole request was read. */
  public void watchClient() {
    if (body.isReadWholly()) {
      connection.watch(cancellation);
    }
  }

  /** A body that nobody read must not be taken for the next request. */
  private void prepare() {
    body.skipIfSmall();
    if (!body.isReadWholly()) {
      closesConnection = true;
    }
  }

  void closeConnection() {
    closesConnection = true;
  }

  boolean closesConnection() {
    return closesConnection;
  }

  RequestBody requestBody() {
    return body;
  }

  Http1Response response() {
    return response;
  }
}
