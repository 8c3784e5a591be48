package ai.greenthread.http.server;

import ai.greenthread.http.relay.Cancellation;
import ai.greenthread.http.relay.ClientGoneException;
import ai.greenthread.http.relay.HeadWriter;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection: stands between Helidon's HTTP/1.1 connection and its socket. Helidon
 * asks here for the bytes it parses, which is what lets a {@link Watch} read ahead, and answers are
 * written here past Helidon, in one write each. Everything that rests on the insides of Helidon is
 * in this class, {@link Watch} and {@link Dispatcher}, and held by tests over raw sockets.
 *
 * <p>Confined to the connection's virtual thread, except {@link #watch}, {@link #cancel} and {@link
 * #close}.
 */
final class ClientConnection
    implements ConnectionContext, ServerConnection, InterruptableTask<Void> {
  private static final int SMALL_BUFFER_BYTES = 1024;

  /** A larger buffer is given up after the answer that needed it. */
  private static final int KEPT_BUFFER_BYTES = 32 * 1024;

  /** Handed to the system at once: what a client has to take within the time limit. */
  private static final int WRITE_PIECE_BYTES = 64 * 1024;

  /** For a client to take what it is told last. */
  private static final Duration CUT_PATIENCE = Duration.ofSeconds(1);

  private static final long NOT_WRITING = Long.MIN_VALUE;

  private final ConnectionContext context;
  private final HelidonSocket socket;
  private final ClientConnections all;
  private final DataReader reader;
  private final ServerConnection http;
  private HeadWriter buffer = new HeadWriter(new byte[SMALL_BUFFER_BYTES]);
  private @Nullable Watch watch;
  private @Nullable Incoming incoming;
  private volatile @Nullable Cancellation current;
  private volatile boolean endsWithServer;

  /** When the piece was begun that is being written, in nanoseconds. */
  private volatile long writingSince = NOT_WRITING;

  ClientConnection(
      ConnectionContext context, ClientConnections all, ServerConnectionSelector http) {
    this.context = context;
    this.socket = context.serverSocket();
    this.all = all;
    this.reader = DataReader.create(this::nextBytes);
    this.http = http.connection(this);
  }

  private byte @Nullable [] nextBytes() {
    Watch ahead = watch;
    watch = null;
    if (all.isDraining() && current == null) {
      // Helidon interrupts those that wait; this is for those that were just about to.
      throw new CloseConnectionException("the server stops");
    }
    Incoming expected = incoming;
    if (expected != null) {
      ahead = await(expected, ahead);
    }
    byte[] bytes;
    try {
      bytes = ahead == null ? socket.get() : ahead.take();
    } catch (UncheckedIOException e) {
      throw new ServerConnectionException("the connection broke", e);
    }
    if (expected != null && bytes != null) {
      expected.arrived(bytes.length);
    }
    return bytes;
  }

  /** Reads ahead, as a read of a socket alone cannot be given up without losing the socket. */
  private Watch await(Incoming expected, @Nullable Watch ahead) {
    Cancellation cancellation = current;
    Watch reading =
        ahead == null
            ? new Watch(socket, cancellation == null ? new Cancellation() : cancellation)
            : ahead;
    if (ahead == null) {
      reading.start();
    }
    if (!reading.endsWithin(expected.patienceNanos(System.nanoTime()))) {
      watch = reading;
      throw expected.tooSlow();
    }
    return reading;
  }

  /** From now on a body is read, which may not come too slowly. */
  void expect(Incoming body) {
    incoming = body;
  }

  /** No body is expected any more. */
  void expectNothing() {
    incoming = null;
  }

  /** Reads over what comes, whatever it is, up to about so many bytes. */
  void skip(long bytes) {
    long left = bytes;
    while (left > 0) {
      byte[] skipped = nextBytes();
      if (skipped == null) {
        return;
      }
      left -= skipped.length;
    }
  }

  /** A request begins; its whole body has not been read yet. */
  synchronized void begin(Cancellation cancellation) {
    current = cancellation;
  }

  /** The request is over. */
  synchronized void end() {
    current = null;
    endsWithServer = false;
    incoming = null;
    if (buffer.bytes().length > KEPT_BUFFER_BYTES) {
      buffer = new HeadWriter(new byte[SMALL_BUFFER_BYTES]);
    }
  }

  /**
   * Watches for the client leaving; only once the request's whole body has been read. Whoever asks
   * may be too late: when the request is over, the connection reads again itself.
   */
  synchronized void watch(Cancellation cancellation) {
    if (watch == null && cancellation.equals(current)) {
      watch = new Watch(socket, cancellation);
      watch.start();
    }
  }

  /** The request in flight has no end of its own. */
  void endWithServer() {
    endsWithServer = true;
    if (all.isDraining()) {
      cancel(Cancellation.Reason.SHUTTING_DOWN);
    }
  }

  boolean endsWithServer() {
    return endsWithServer;
  }

  /** Ends the request in flight, if there is one. */
  void cancel(Cancellation.Reason reason) {
    Cancellation cancellation = current;
    if (cancellation != null) {
      cancellation.cancel(reason);
      closeIfStuck();
    }
  }

  /**
   * Closes the connection soon if its client does not take what is being written, so that the
   * request in flight, which was ended, can see that. Returns at once.
   */
  void closeIfStuck() {
    Cancellation ended = current;
    if (ended != null) {
      Thread.ofVirtual().name("cut").start(() -> closeIfStuckIn(ended));
    }
  }

  private void closeIfStuckIn(Cancellation ended) {
    // Twice: what hinders first is the piece being written, then the error behind it.
    for (int i = 0; i < 2; i++) {
      try {
        Thread.sleep(CUT_PATIENCE);
      } catch (InterruptedException e) {
        return;
      }
      if (!ended.equals(current)) {
        return;
      }
      closeIfStalled(CUT_PATIENCE.toNanos());
    }
  }

  /** Closes the connection if its client has taken nothing of what is being written for so long. */
  void closeIfStalled(long nanos) {
    long since = writingSince;
    if (since != NOT_WRITING && System.nanoTime() - since >= nanos) {
      closeNow();
    }
  }

  /** Reused for every answer on this connection. */
  HeadWriter buffer() {
    buffer.reset();
    return buffer;
  }

  void write(byte[] bytes, int offset, int length) throws ClientGoneException {
    try {
      for (int done = 0; done < length; ) {
        int piece = Math.min(length - done, WRITE_PIECE_BYTES);
        writingSince = System.nanoTime();
        socket.write(BufferData.create(bytes, offset + done, piece));
        done += piece;
      }
    } catch (UncheckedIOException | SocketWriterException e) {
      throw new ClientGoneException("the client closed the connection, or does not read", e);
    } finally {
      writingSince = NOT_WRITING;
    }
  }

  /** Whether the server stops, so that every answer ends its connection. */
  boolean isDraining() {
    return all.isDraining();
  }

  /** Makes Helidon close the connection once the request in flight is over. */
  void closeAfterRequest() {
    http.close(false);
  }

  /** Closes the connection now; for what cannot wait any longer. */
  void closeNow() {
    socket.close();
  }

  @Override
  public void handle(Limit limit) throws InterruptedException {
    all.opened(this);
    try {
      http.handle(limit);
    } finally {
      all.closed(this);
    }
  }

  /** A connection with a request in flight is never idle, however long it takes. */
  @Override
  public Duration idleTime() {
    return current == null ? http.idleTime() : Duration.ZERO;
  }

  @Override
  public void close(boolean interrupt) {
    http.close(interrupt);
  }

  @Override
  public boolean canInterrupt() {
    return http instanceof InterruptableTask<?> task && task.canInterrupt();
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public Router router() {
    return all.router();
  }

  @Override
  public ListenerContext listenerContext() {
    return context.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return context.executor();
  }

  @Override
  public DataWriter dataWriter() {
    return context.dataWriter();
  }

  @Override
  public Optional<ProxyProtocolData> proxyProtocolData() {
    return context.proxyProtocolData();
  }

  @Override
  public HelidonSocket serverSocket() {
    return socket;
  }

  @Override
  public PeerInfo remotePeer() {
    return context.remotePeer();
  }

  @Override
  public PeerInfo localPeer() {
    return context.localPeer();
  }

  @Override
  public boolean isSecure() {
    return context.isSecure();
  }

  @Override
  public String socketId() {
    return context.socketId();
  }

  @Override
  public String childSocketId() {
    return context.childSocketId();
  }
}
