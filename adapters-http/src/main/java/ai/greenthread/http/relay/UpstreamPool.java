package ai.greenthread.http.relay;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Connections to one upstream. The connection used last is used next, so that a pool shrinks to
 * what the load needs. Thread-safe.
 *
 * <p>A pooled connection may have been closed by the upstream in the meantime. The request is then
 * sent once more, on a fresh connection: only if the connection was a reused one, broke at once and
 * gave not one byte. What broke later was being worked on and is never repeated.
 */
public final class UpstreamPool implements AutoCloseable {
  /** A reused connection that breaks within this time was stale; later it is a failure. */
  private static final long STALE_WITHIN_NANOS = Duration.ofSeconds(1).toNanos();

  /** Interim answers (1xx) before the real one. */
  private static final int MAX_INTERIM_ANSWERS = 16;

  private final UpstreamAddress address;
  private final UpstreamLimits limits;
  private final LongSupplier nanoTime;
  private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();
  private final AtomicInteger open = new AtomicInteger();
  private final Lookout lookout;
  private boolean closed;

  public UpstreamPool(UpstreamAddress address, UpstreamLimits limits) {
    this(address, limits, System::nanoTime);
  }

  UpstreamPool(UpstreamAddress address, UpstreamLimits limits, LongSupplier nanoTime) {
    this.address = address;
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.lookout = new Lookout(nanoTime, this::closeExpired);
  }

  public UpstreamAddress address() {
    return address;
  }

  /** Connections open now, idle ones included. */
  public int openConnections() {
    return open.get();
  }

  /** Connections kept for reuse now. */
  public int idleConnections() {
    synchronized (idle) {
      return idle.size();
    }
  }

  /**
   * Sends a request and waits for the head of its answer.
   *
   * @param cancellation bound to this exchange until the answer is closed
   * @param silence called while the upstream is silent; where it finds the client gone, the
   *     exchange is cancelled
   * @throws UpstreamException if there is no answer; its {@link UpstreamException#failure} says why
   */
  public UpstreamResponse send(
      UpstreamRequest request, Cancellation cancellation, SilenceListener silence)
      throws UpstreamException {
    UpstreamConnection pooled = takeIdle();
    if (pooled != null) {
      long sentAt = nanoTime.getAsLong();
      try {
        return exchange(pooled, request, cancellation, silence);
      } catch (UpstreamException e) {
        boolean stale =
            e.failure() == UpstreamFailure.BROKEN_BEFORE_FIRST_BYTE
                && nanoTime.getAsLong() - sentAt < STALE_WITHIN_NANOS;
        if (!stale) {
          throw e;
        }
        closeIdle();
      }
    }
    return exchange(connect(cancellation), request, cancellation, silence);
  }

  private UpstreamResponse exchange(
      UpstreamConnection connection,
      UpstreamRequest request,
      Cancellation cancellation,
      SilenceListener silence)
      throws UpstreamException {
    connection.wait.by(silence, cancellation);
    cancellation.bind(connection.closing);
    boolean answered = false;
    try {
      if (cancellation.isCancelled()) {
        throw cancelledUnsent();
      }
      Duration headTimeout = request.headTimeout().orElse(limits.headTimeout());
      UpstreamResponse response =
          new HeadReader(connection, headTimeout).read(request, cancellation);
      answered = true;
      return response;
    } finally {
      if (!answered) {
        cancellation.unbind();
        discard(connection);
      }
    }
  }

  /** Reads one head; the state of doing so. */
  private final class HeadReader {
    private final UpstreamConnection connection;
    private final long headMillis;
    private final long startNanos;
    private int start;
    private int filled;

    HeadReader(UpstreamConnection connection, Duration headTimeout) {
      this.connection = connection;
      this.headMillis = headTimeout.toMillis();
      this.startNanos = nanoTime.getAsLong();
    }

    UpstreamResponse read(UpstreamRequest request, Cancellation cancellation)
        throws UpstreamException {
      @Nullable IOException sendFailure = null;
      try {
        connection.send(request);
      } catch (IOException e) {
        // The upstream may have answered and closed before it had read everything.
        sendFailure = e;
      }
      for (int interim = 0; interim <= MAX_INTERIM_ANSWERS; interim++) {
        int end = fillHead(cancellation, sendFailure);
        ResponseHead head =
            ResponseHead.parse(connection.buffer, start, end, limits.maxHeaderCount());
        if (head.status() == 101) {
          throw ResponseHead.invalid("it switches protocols, which nobody asked for");
        }
        start = end;
        if (head.status() >= 200) {
          return new UpstreamResponse(
              connection,
              head,
              BodyDecoder.of(request.method(), head),
              end,
              filled,
              cancellation,
              limits.silenceTimeout().toMillis(),
              UpstreamPool.this);
        }
      }
      throw ResponseHead.invalid("it has more than " + MAX_INTERIM_ANSWERS + " interim answers");
    }

    private int fillHead(Cancellation cancellation, @Nullable IOException sendFailure)
        throws UpstreamException {
      int looked = start;
      while (true) {
        int end = ResponseHead.endIn(connection.buffer, looked, filled);
        if (end >= 0) {
          return end;
        }
        looked = Math.max(start, filled - 3);
        if (filled - start >= limits.maxHeadBytes()) {
          throw ResponseHead.invalid("its head is larger than " + limits.maxHeadBytes() + " bytes");
        }
        if (filled == connection.buffer.length) {
          connection.grow(Math.min(filled * 2, start + limits.maxHeadBytes()));
        }
        int count = readMore(cancellation, sendFailure);
        filled += count;
      }
    }

    private int readMore(Cancellation cancellation, @Nullable IOException sendFailure)
        throws UpstreamException {
      UpstreamFailure phase =
          filled == 0 ? UpstreamFailure.BROKEN_BEFORE_FIRST_BYTE : UpstreamFailure.BROKEN_IN_HEAD;
      try {
        long waited = (nanoTime.getAsLong() - startNanos) / 1_000_000;
        int count = connection.read(filled, headMillis - waited);
        if (count >= 0) {
          return count;
        }
      } catch (SocketTimeoutException e) {
        throw failure(
            cancellation,
            UpstreamFailure.HEAD_TIMEOUT,
            "the upstream did not answer within " + headMillis + " ms",
            e);
      } catch (IOException e) {
        throw failure(
            cancellation,
            phase,
            "the connection to the upstream broke before its answer",
            sendFailure == null ? e : sendFailure);
      }
      throw failure(
          cancellation, phase, "the upstream closed the connection before its answer", sendFailure);
    }
  }

  private UpstreamConnection connect(Cancellation cancellation) throws UpstreamException {
    if (open.incrementAndGet() > limits.maxOpenConnections()) {
      open.decrementAndGet();
      throw new UpstreamException(
          UpstreamFailure.TOO_MANY_CONNECTIONS,
          limits.maxOpenConnections()
              + " connections to the upstream are open, which is the limit");
    }
    UpstreamConnection connection = new UpstreamConnection(address, limits.bufferBytes(), lookout);
    cancellation.bind(connection.closing);
    boolean connected = false;
    try {
      connection.connect(address, limits.connectTimeout());
      connected = true;
      lookout.add(connection.wait);
      return connection;
    } catch (SocketTimeoutException e) {
      throw notSent(
          cancellation,
          UpstreamFailure.CONNECT_TIMEOUT,
          "no connection to the upstream within " + limits.connectTimeout().toMillis() + " ms",
          e);
    } catch (UnknownHostException e) {
      throw notSent(
          cancellation, UpstreamFailure.UNREACHABLE, "the upstream's name is not known", e);
    } catch (NoRouteToHostException e) {
      throw notSent(cancellation, UpstreamFailure.UNREACHABLE, "no way leads to the upstream", e);
    } catch (ConnectException e) {
      // ECONNREFUSED; the system's own time limit, which is one too, is longer than ours.
      throw notSent(
          cancellation, UpstreamFailure.REFUSED, "the upstream refused the connection", e);
    } catch (IOException e) {
      throw notSent(
          cancellation,
          UpstreamFailure.NO_CONNECTION,
          "this machine could not open a connection to the upstream: " + e.getMessage(),
          e);
    } finally {
      cancellation.unbind();
      if (!connected) {
        discard(connection);
      }
    }
  }

  /** A failure to connect, or the cancellation that caused it. */
  private static UpstreamException notSent(
      Cancellation cancellation, UpstreamFailure failure, String message, Throwable cause) {
    return cancellation.isCancelled()
        ? cancelledUnsent()
        : new UpstreamException(failure, message, cause);
  }

  private static UpstreamException cancelledUnsent() {
    return new UpstreamException(
        UpstreamFailure.CANCELLED_UNSENT, "the request was cancelled before it was sent");
  }

  /** A failure, or the cancellation that caused it. */
  static UpstreamException failure(
      Cancellation cancellation,
      UpstreamFailure failure,
      String message,
      @Nullable Throwable cause) {
    UpstreamFailure seen = cancellation.isCancelled() ? UpstreamFailure.CANCELLED : failure;
    return cause == null
        ? new UpstreamException(seen, message)
        : new UpstreamException(seen, message, cause);
  }

  private @Nullable UpstreamConnection takeIdle() {
    long now = nanoTime.getAsLong();
    List<UpstreamConnection> expired;
    UpstreamConnection newest;
    synchronized (idle) {
      expired = takeExpired(now);
      newest = idle.pollLast();
    }
    expired.forEach(this::discard);
    return newest;
  }

  /** Takes back a connection whose exchange ended cleanly. */
  void giveBack(UpstreamConnection connection) {
    long now = nanoTime.getAsLong();
    connection.recycle(now);
    boolean kept = false;
    synchronized (idle) {
      if (!closed && idle.size() < limits.maxIdleConnections()) {
        idle.addLast(connection);
        kept = true;
      }
    }
    if (kept) {
      lookout.expect(now + limits.idleTimeout().toNanos());
    } else {
      discard(connection);
    }
  }

  /** Closes a connection that nobody may use again. */
  void discard(UpstreamConnection connection) {
    lookout.remove(connection.wait);
    connection.close();
    open.decrementAndGet();
  }

  /** The oldest lie at the front. Called with the lock held. */
  private List<UpstreamConnection> takeExpired(long now) {
    List<UpstreamConnection> expired = List.of();
    UpstreamConnection oldest = idle.peekFirst();
    while (oldest != null && now - oldest.idleSinceNanos >= limits.idleTimeout().toNanos()) {
      if (expired.isEmpty()) {
        expired = new ArrayList<>();
      }
      expired.add(idle.removeFirst());
      oldest = idle.peekFirst();
    }
    return expired;
  }

  /** Closes what has been idle for too long; answers when the next will be. */
  private long closeExpired(long now) {
    List<UpstreamConnection> expired;
    UpstreamConnection oldest;
    synchronized (idle) {
      expired = takeExpired(now);
      oldest = idle.peekFirst();
    }
    expired.forEach(this::discard);
    return oldest == null ? Long.MAX_VALUE : oldest.idleSinceNanos + limits.idleTimeout().toNanos();
  }

  /** Closes every idle connection, for example because the upstream ends; the pool stays usable. */
  public void closeIdle() {
    List<UpstreamConnection> all;
    synchronized (idle) {
      all = List.copyOf(idle);
      idle.clear();
    }
    all.forEach(this::discard);
  }

  /** Closes idle connections now and those in use when they are given back. */
  @Override
  public void close() {
    synchronized (idle) {
      closed = true;
    }
    closeIdle();
  }
}
