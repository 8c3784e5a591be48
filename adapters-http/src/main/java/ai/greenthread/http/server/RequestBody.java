package ai.greenthread.http.server;

import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.relay.ClientGoneException;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.RequestException;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.RoutingRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;

/** A request's body: read once, wholly, and never more than the limit. */
final class RequestBody {
  private static final byte[] NONE = {};
  private static final long CHUNKED = -1;

  /** Bodies up to this size get an array at once, larger ones as their bytes come. */
  private static final int TRUSTED_BYTES = 64 * 1024;

  private final ClientConnection connection;
  private final RoutingRequest request;
  private final int maxBytes;
  private final long announced;
  private boolean readWholly;

  RequestBody(ClientConnection connection, RoutingRequest request, int maxBytes) {
    this.connection = connection;
    this.request = request;
    this.maxBytes = maxBytes;
    this.announced = announced(request.headers());
    this.readWholly = announced == 0;
  }

  private static long announced(ServerRequestHeaders headers) {
    if (headers.contains(HeaderNames.TRANSFER_ENCODING)) {
      return CHUNKED;
    }
    return headers.contentLength().orElse(0);
  }

  boolean isReadWholly() {
    return readWholly;
  }

  byte[] read() throws ClientGoneException {
    if (readWholly) {
      return NONE;
    }
    if (announced > maxBytes) {
      throw tooLarge();
    }
    try {
      InputStream in = request.content().inputStream();
      byte[] body = announced == CHUNKED ? readChunks(in) : readBytes(in, (int) announced);
      readWholly = true;
      return body;
    } catch (RequestException | IllegalArgumentException | DataReader.IncorrectNewLineException e) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST, "the request body's chunked coding is malformed");
    } catch (IOException
        | UncheckedIOException
        | ServerConnectionException
        | DataReader.InsufficientDataAvailableException e) {
      throw new ClientGoneException("the client left while it sent the request body", e);
    }
  }

  private static byte[] readBytes(InputStream in, int length) throws IOException {
    byte[] body = length <= TRUSTED_BYTES ? new byte[length] : NONE;
    if (length <= TRUSTED_BYTES) {
      int read = in.readNBytes(body, 0, length);
      body = read == length ? body : Arrays.copyOf(body, read);
    } else {
      body = in.readNBytes(length);
    }
    if (body.length < length) {
      throw new IOException("the request body is cut off");
    }
    return body;
  }

  private byte[] readChunks(InputStream in) throws IOException {
    // Helidon gathers a whole chunk before it hands it on, however large it was announced.
    connection.limitIncoming(2L * maxBytes + TRUSTED_BYTES, this::tooLarge);
    byte[] body = in.readNBytes(maxBytes + 1);
    connection.limitIncoming(Long.MAX_VALUE, this::tooLarge);
    if (body.length > maxBytes) {
      throw tooLarge();
    }
    return body;
  }

  private ApiException tooLarge() {
    return new ApiException(
        ErrorCode.BODY_TOO_LARGE,
        "the request body is larger than the limit of " + maxBytes + " bytes");
  }

  /** Reads a small rest over, so that the connection can be kept. */
  void skipIfSmall() {
    if (!readWholly && announced > 0 && announced <= TRUSTED_BYTES) {
      try {
        readBytes(request.content().inputStream(), (int) announced);
        readWholly = true;
      } catch (IOException | RuntimeException e) {
        // The connection is closed instead.
        readWholly = false;
      }
    }
  }

  /** Reads over what the client still sends, so that it gets to see its answer; bounded. */
  void linger(long maxLingerBytes) {
    try {
      connection.limitIncoming(maxLingerBytes, this::tooLarge);
      InputStream in = request.content().inputStream();
      in.skip(maxLingerBytes);
    } catch (IOException | RuntimeException e) {
      // It is closed anyway.
      return;
    }
  }
}
