package ai.greenthread.runtimes.http;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One client's connection. This thread reads; each request is handled on another one, and meanwhile
 * this thread waits for the next byte, which is how it learns that the client has left.
 */
final class HttpConnection {
  private static final Logger LOG = System.getLogger(HttpConnection.class.getName());

  private final Socket socket;
  private final HttpHandler handler;
  private final OutputStream out;
  private final RequestReader reader;

  HttpConnection(Socket socket, HttpLimits limits, HttpHandler handler) throws IOException {
    this.socket = socket;
    this.handler = handler;
    this.out = socket.getOutputStream();
    this.reader = new RequestReader(socket.getInputStream(), out, limits);
  }

  void serve() throws IOException, InterruptedException {
    while (reader.awaitByte()) {
      HttpRequest request;
      try {
        request = reader.read();
      } catch (BadHttp e) {
        handler.refuse(
            new Exchange(HttpListener.unreadable(), socket, out), e.status(), e.getMessage() + "");
        drain();
        return;
      }
      Exchange exchange = new Exchange(request, socket, out);
      AtomicBoolean done = new AtomicBoolean();
      Thread worker = Thread.ofVirtual().name("http-handler").start(() -> handle(exchange, done));
      boolean more = watch(exchange, done);
      worker.join();
      if (!more || !exchange.mayBeReused()) {
        return;
      }
    }
  }

  /**
   * Takes what the client still sends for a moment: closing on unread bytes would destroy the
   * refusal on its way.
   */
  private void drain() throws IOException {
    socket.shutdownOutput();
    socket.setSoTimeout(500);
    byte[] waste = new byte[64 << 10];
    for (int rounds = 0; rounds < 256 && socket.getInputStream().read(waste) >= 0; rounds++) {}
  }

  /** Waits for the next byte while the handler works; false once there will be none. */
  private boolean watch(Exchange exchange, AtomicBoolean done) {
    while (true) {
      try {
        if (reader.awaitByte()) {
          return true;
        }
      } catch (SocketTimeoutException _) {
        if (!done.get()) {
          continue;
        }
        return false;
      } catch (IOException _) {
        // Reset by the client, or closed by the handler's end below.
      }
      if (!done.get()) {
        exchange.clientLeft();
      }
      return false;
    }
  }

  private void handle(Exchange exchange, AtomicBoolean done) {
    try {
      handler.handle(exchange);
    } catch (IOException _) {
      // The client left in the middle of the answer; the exchange has told those who asked.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "a handler failed on " + exchange.request().path(), e);
    } finally {
      done.set(true);
      if (!exchange.mayBeReused()) {
        hangUp();
      }
    }
  }

  /** Ends the connection so that the reading thread wakes up. */
  private void hangUp() {
    try {
      socket.shutdownOutput();
      socket.close();
    } catch (IOException _) {
      // Gone already.
    }
  }
}
