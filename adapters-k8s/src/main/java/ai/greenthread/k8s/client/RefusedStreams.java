package ai.greenthread.k8s.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import okhttp3.Interceptor;
import okhttp3.Response;
import okhttp3.internal.http2.ErrorCode;
import okhttp3.internal.http2.StreamResetException;

/**
 * Asks again where a server refused to begin: it has more streams open than it likes, or is about
 * to close the connection. Nothing of such a call was processed (RFC 9113, section 8.7), so this is
 * safe for writes, too.
 */
final class RefusedStreams implements Interceptor {
  private static final int TRIES = 5;
  private static final Duration PAUSE = Duration.ofMillis(20);

  @Override
  public Response intercept(Chain chain) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return chain.proceed(chain.request());
      } catch (StreamResetException e) {
        if (e.errorCode != ErrorCode.REFUSED_STREAM || attempt == TRIES) {
          throw e;
        }
        pause(attempt);
      }
    }
  }

  private static void pause(int attempt) throws InterruptedIOException {
    try {
      Thread.sleep(PAUSE.multipliedBy(attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }
}
