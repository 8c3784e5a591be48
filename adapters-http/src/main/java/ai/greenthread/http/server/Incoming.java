package ai.greenthread.http.server;

import ai.greenthread.http.openai.ApiException;
import ai.greenthread.http.openai.ErrorCode;
import java.time.Duration;

/**
 * A request body on its way, and how long it is waited for: each silence has a limit, and so has
 * the whole, by what came of it. Confined to the connection's thread.
 */
class Incoming {
  /** Slower than that on the whole, whatever the silences, is given up. */
  static final int MIN_BYTES_PER_SECOND = 8 * 1024;

  private final Duration limit;
  private final long beganNanos;
  private long received;

  Incoming(Duration limit, long nowNanos) {
    this.limit = limit;
    this.beganNanos = nowNanos;
  }

  /** Nanoseconds that the next bytes are waited for; not positive when the time is over. */
  long patienceNanos(long nowNanos) {
    double earned = received * 1e9 / MIN_BYTES_PER_SECOND;
    long left = limit.toNanos() + (long) earned - (nowNanos - beganNanos);
    return Math.min(limit.toNanos(), left);
  }

  /** Bytes have come, framing included. */
  void arrived(int bytes) {
    received += bytes;
  }

  /** The patience is at its end. */
  ApiException tooSlow() {
    return new ApiException(
        ErrorCode.UPLOAD_TIMEOUT,
        "the request body came too slowly: nothing for "
            + limit.toMillis()
            + " ms, or less than "
            + MIN_BYTES_PER_SECOND
            + " bytes a second; send it again");
  }
}
