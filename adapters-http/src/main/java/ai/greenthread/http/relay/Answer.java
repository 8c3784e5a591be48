package ai.greenthread.http.relay;

import ai.greenthread.http.openai.ApiError;
import ai.greenthread.http.openai.ErrorBody;
import ai.greenthread.http.openai.ErrorCode;
import ai.greenthread.http.openai.ErrorShape;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * One client's answer, from parked to ended: event-stream comments that keep the connection alive
 * while the request waits, then the upstream's bytes as they are, or an error in the caller's
 * shape. The thread that handles the request calls it, and silence is told by another; both are
 * held apart by a lock.
 *
 * <p>A comment commits status 200 and an event stream. What comes later and is neither becomes an
 * error event, and the connection is broken: client libraries take a stream that merely ends for a
 * complete one.
 */
public final class Answer implements SilenceListener {
  /** A request with this header field set to {@code off} gets no comments. */
  public static final String KEEP_ALIVE_HEADER = "x-greenthread-keepalive";

  /** Silence after which the client is watched: until then a write would find out soon enough. */
  static final int QUIET_MILLIS = 20;

  /** Bytes kept of an upstream's error that has to be told within a stream. */
  private static final int MAX_TOLD_BYTES = 16 * 1024;

  private static final String EVENT_STREAM = "text/event-stream";
  private static final HopByHop PASSED_ON = HopByHop.and("content-length", "x-request-id");
  private static final byte[] NOTHING = {};

  private enum Phase {
    /** Nothing was sent. */
    WAITING,
    /** Comments were sent, nothing from the upstream. */
    KEPT_ALIVE,
    /** The upstream's bytes are passed on. */
    PASSING,
    /**
     * The upstream's bytes do not fit a stream that has begun; they are kept for an error event.
     */
    TELLING,
    /** Nothing more can be sent. */
    ENDED
  }

  private final ResponseChannel channel;
  private final ErrorShape shape;
  private final String requestId;
  private final SseTail tail = new SseTail();
  private Phase phase = Phase.WAITING;
  private boolean eventStream;
  private boolean watched;
  private int keepAliveMillis = Integer.MAX_VALUE;
  private BooleanSupplier keepAliveWanted = () -> false;
  private String saying = "waking";
  private int toldStatus;
  private byte[] told = NOTHING;

  public Answer(ResponseChannel channel, ErrorShape shape, String requestId) {
    this.channel = channel;
    this.shape = shape;
    this.requestId = requestId;
  }

  /**
   * Lets comments be sent from now on.
   *
   * @param every silence after which a comment is sent
   * @param wanted whether the request asked for a stream; asked only once it has become silent, as
   *     most requests never do
   */
  public synchronized void keepAlive(Duration every, BooleanSupplier wanted) {
    keepAliveMillis = Math.clamp(every.toMillis(), 1, Integer.MAX_VALUE);
    keepAliveWanted = wanted;
  }

  /** What the comments say from now on; one line. */
  public synchronized void saying(String what) {
    saying = what;
  }

  @Override
  public synchronized int pauseMillis() {
    if (!watched) {
      return QUIET_MILLIS;
    }
    return phase == Phase.WAITING || phase == Phase.KEPT_ALIVE
        ? keepAliveMillis
        : Integer.MAX_VALUE;
  }

  @Override
  public synchronized void onSilence() throws ClientGoneException {
    if (!watched) {
      watched = true;
      channel.watchClient();
      if (!keepAliveWanted.getAsBoolean()) {
        keepAliveMillis = Integer.MAX_VALUE;
      }
      return;
    }
    if (phase == Phase.WAITING) {
      phase = Phase.KEPT_ALIVE;
      eventStream = true;
      channel.head(200, eventStreamHeaders(), ResponseChannel.UNKNOWN_LENGTH);
    }
    if (phase == Phase.KEPT_ALIVE) {
      byte[] comment = (": " + saying + "\n\n").getBytes(StandardCharsets.UTF_8);
      channel.write(comment, 0, comment.length);
    }
  }

  private static HeaderFields eventStreamHeaders() {
    return HeaderFields.of(
        "Content-Type", EVENT_STREAM, "Cache-Control", "no-cache", "X-Accel-Buffering", "no");
  }

  /** The upstream's head: status and header fields are passed on, hop-by-hop ones removed. */
  synchronized void begin(int status, HeaderFields upstream, long contentLength) {
    boolean stream = isEventStream(upstream);
    if (phase == Phase.KEPT_ALIVE) {
      boolean fits = status == 200 && stream && !upstream.contains("Content-Encoding");
      phase = fits ? Phase.PASSING : Phase.TELLING;
      toldStatus = status;
      return;
    }
    phase = Phase.PASSING;
    HeaderFields headers = PASSED_ON.filter(upstream);
    // An own event can be put only behind plain text.
    eventStream = stream && !upstream.contains("Content-Encoding");
    if (stream) {
      headers.setIfAbsent("Cache-Control", "no-cache").setIfAbsent("X-Accel-Buffering", "no");
    }
    channel.head(status, headers, contentLength);
  }

  private static boolean isEventStream(HeaderFields headers) {
    String type = headers.find("Content-Type");
    return type != null && type.regionMatches(true, 0, EVENT_STREAM, 0, EVENT_STREAM.length());
  }

  /** The upstream's body bytes, passed on at once. */
  synchronized void pass(byte[] bytes, int offset, int length) throws ClientGoneException {
    if (phase == Phase.TELLING) {
      int kept = Math.min(length, MAX_TOLD_BYTES - told.length);
      int before = told.length;
      told = Arrays.copyOf(told, before + kept);
      System.arraycopy(bytes, offset, told, before, kept);
      return;
    }
    if (eventStream) {
      tail.seen(bytes, offset, length);
    }
    channel.write(bytes, offset, length);
  }

  /** The upstream's answer is complete. */
  synchronized void end() throws ClientGoneException {
    if (phase == Phase.TELLING) {
      tellLate();
      return;
    }
    phase = Phase.ENDED;
    channel.end();
  }

  /**
   * Ends the answer with an error, as well as it still can be said: as the answer itself, as an
   * error event before the connection is broken, or by breaking the connection.
   */
  public synchronized void fail(ApiError error) throws ClientGoneException {
    switch (phase) {
      case WAITING -> {
        if (channel.committed()) {
          // Somebody else has begun to answer; it cannot be made an error any more.
          phase = Phase.ENDED;
          channel.breakOff();
          return;
        }
        byte[] body = ErrorBody.json(error, shape, requestId);
        HeaderFields headers = new HeaderFields();
        ErrorBody.headers(error, headers::add);
        phase = Phase.ENDED;
        channel.head(error.status(), headers, body.length);
        channel.write(body, 0, body.length);
        channel.end();
      }
      case KEPT_ALIVE, PASSING, TELLING -> {
        if (eventStream) {
          breakWith(ErrorBody.sseEvent(error, shape, requestId));
        } else {
          phase = Phase.ENDED;
          channel.breakOff();
        }
      }
      case ENDED -> channel.breakOff();
    }
  }

  /** An answer that is no event stream came after comments had been sent. */
  private void tellLate() throws ClientGoneException {
    Optional<String> json = oneLineOfJson();
    if (json.isPresent()) {
      String event = shape == ErrorShape.ANTHROPIC ? "event: error\n" : "";
      breakWith((event + "data: " + json.get() + "\n\n").getBytes(StandardCharsets.UTF_8));
      return;
    }
    ApiError error =
        ApiError.of(
            ErrorCode.UPSTREAM_INVALID,
            "the model answered with status " + toldStatus + " and no event stream");
    breakWith(ErrorBody.sseEvent(error, shape, requestId));
  }

  /** The upstream's own error, which is JSON as a rule; line ends in JSON are mere white space. */
  private Optional<String> oneLineOfJson() {
    String text = new String(told, StandardCharsets.UTF_8).strip();
    boolean usable =
        toldStatus >= 400
            && told.length < MAX_TOLD_BYTES
            && text.startsWith("{")
            && text.endsWith("}")
            && text.contains("\"error\"");
    return usable ? Optional.of(text.replaceAll("[\\r\\n]+", " ")) : Optional.empty();
  }

  private void breakWith(byte[] event) throws ClientGoneException {
    phase = Phase.ENDED;
    try {
      byte[] separator = tail.separator();
      byte[] all = new byte[separator.length + event.length];
      System.arraycopy(separator, 0, all, 0, separator.length);
      System.arraycopy(event, 0, all, separator.length, event.length);
      channel.write(all, 0, all.length);
    } finally {
      channel.breakOff();
    }
  }
}
