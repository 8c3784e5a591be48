package ai.greenthread.http.server;

import ai.greenthread.http.openai.ApiError;
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
import java.io.UncheckedIOException;
import java.time.Duration;

/**
 * A request's body: read once, wholly, and never more than the limit, nor more than there is memory
 * for beside the others. Has to be released.
 */
final class RequestBody {
  private static final byte[] NONE = {};
  private static final long CHUNKED = -1;

  /** A rest that is read over so that its connection can be kept. */
  private static final int SMALL_BYTES = 64 * 1024;

  /** For a small rest to come. */
  private static final Duration SKIP_PATIENCE = Duration.ofSeconds(1);

  /** For more of a body that nobody wants. */
  private static final Duration LINGER_PATIENCE = Duration.ofMillis(300);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final ClientConnection connection;
  private final RoutingRequest request;
  private final int maxBytes;
  private final Duration uploadTimeout;
  private final BodyMemory memory;
  private final long announced;
  private boolean readWholly;
  private boolean tooSlow;
  private long held;

  RequestBody(
      ClientConnection connection,
      RoutingRequest request,
      ServerSettings settings,
      BodyMemory memory) {
    this.connection = connection;
    this.request = request;
    this.maxBytes = settings.maxBodyBytes();
    this.uploadTimeout = settings.uploadTimeout();
    this.memory = memory;
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
      byte[] body = announced == CHUNKED ? readChunks() : readBytes((int) announced);
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
    } finally {
      connection.expectNothing();
    }
  }

  private byte[] readBytes(int length) throws IOException {
    take(length);
    connection.expect(new Upload());
    byte[] body = new byte[length];
    if (request.content().inputStream().readNBytes(body, 0, length) < length) {
      throw new IOException("the request body is cut off");
    }
    return body;
  }

  private byte[] readChunks() throws IOException {
    connection.expect(new Chunks());
    byte[] body = request.content().inputStream().readNBytes(maxBytes + 1);
    if (body.length > maxBytes) {
      throw tooLarge();
    }
    giveBack(Math.max(0, held - body.length));
    return body;
  }

  private class Upload extends Incoming {
    Upload() {
      super(uploadTimeout, System.nanoTime());
    }

    @Override
    ApiException tooSlow() {
      tooSlow = true;
      return super.tooSlow();
    }
  }

  /** Counts what comes, framing included: Helidon gathers a chunk of any size before we see it. */
  private final class Chunks extends Upload {
    private long left = 2L * maxBytes + SMALL_BYTES;

    @Override
    void arrived(int bytes) {
      super.arrived(bytes);
      left -= bytes;
      if (left < 0) {
        throw tooLarge();
      }
      // For the pieces and for the whole that they are put together to.
      take(2L * bytes);
    }
  }

  private void take(long bytes) {
    if (held + bytes > memory.total()) {
      throw new ApiException(
          ErrorCode.BODY_TOO_LARGE,
          "the request body needs more than the memory for all bodies, which is "
              + memory.total()
              + " bytes");
    }
    if (!memory.tryTake(bytes)) {
      throw new ApiException(
          ApiError.of(
                  ErrorCode.BODY_MEMORY_EXHAUSTED,
                  "the requests in progress take all the memory for request bodies; send it again"
                      + " soon")
              .withRetryAfter(RETRY_AFTER));
    }
    held += bytes;
  }

  private void giveBack(long bytes) {
    held -= bytes;
    memory.giveBack(bytes);
  }

  /** The request is over, and nobody needs its body any more. */
  void release() {
    giveBack(held);
  }

  private ApiException tooLarge() {
    return new ApiException(
        ErrorCode.BODY_TOO_LARGE,
        "the request body is larger than the limit of " + maxBytes + " bytes");
  }

  /** Reads a small rest over, if it comes at once, so that the connection can be kept. */
  void skipIfSmall() {
    if (!readWholly && !tooSlow && announced > 0 && announced <= SMALL_BYTES) {
      connection.expect(new Incoming(SKIP_PATIENCE, System.nanoTime()));
      try {
        readWholly =
            request.content().inputStream().readNBytes((int) announced).length == announced;
      } catch (IOException | RuntimeException e) {
        // The connection is closed instead.
        readWholly = false;
      } finally {
        connection.expectNothing();
      }
    }
  }

  /** Reads over what the client still sends, so that it gets to see its answer; bounded. */
  void linger(long maxLingerBytes) {
    try {
      if (announced == CHUNKED) {
        // Read as chunks they would be gathered first; so their end is not seen, but a silence is.
        connection.expect(new Incoming(LINGER_PATIENCE, System.nanoTime()));
        connection.skip(maxLingerBytes);
      } else {
        request.content().inputStream().skip(maxLingerBytes);
      }
    } catch (IOException | RuntimeException e) {
      // It is closed anyway.
      return;
    } finally {
      connection.expectNothing();
    }
  }
}
