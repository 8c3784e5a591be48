package ai.greenthread.http.server;

import ai.greenthread.http.relay.Cancellation;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.webserver.CloseConnectionException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Watches a client during one of its requests by reading ahead on its connection: end of stream or
 * an error means that it has left; bytes mean that it is there and has sent its next request, which
 * ends the watch. Either way what was read is handed to the connection when it asks for its next
 * bytes, so nothing is lost and the connection can be kept alive. A client that closes only its
 * sending side counts as gone, as it does for other proxies.
 */
final class Watch {
  private final HelidonSocket socket;
  private final Cancellation cancellation;
  private final Thread reader;
  private byte @Nullable [] ahead;
  private @Nullable RuntimeException failure;

  Watch(HelidonSocket socket, Cancellation cancellation) {
    this.socket = socket;
    this.cancellation = cancellation;
    this.reader = Thread.ofVirtual().name("watch").unstarted(this::read);
  }

  void start() {
    reader.start();
  }

  private void read() {
    try {
      ahead = socket.get();
    } catch (RuntimeException e) {
      failure = e;
    }
    if (ahead == null) {
      cancellation.cancel(Cancellation.Reason.CLIENT_GONE);
    }
  }

  /** Waits for the next bytes, or the end, for at most so long. */
  boolean endsWithin(long nanos) {
    try {
      return reader.join(Duration.ofNanos(Math.max(0, nanos)));
    } catch (InterruptedException e) {
      throw new CloseConnectionException("the server closes a connection", e);
    }
  }

  /** What the connection reads next, or null at its end; waits for it. */
  byte @Nullable [] take() {
    try {
      reader.join();
    } catch (InterruptedException e) {
      throw new CloseConnectionException("the server closes an idle connection", e);
    }
    if (failure != null) {
      throw failure;
    }
    return ahead;
  }
}
