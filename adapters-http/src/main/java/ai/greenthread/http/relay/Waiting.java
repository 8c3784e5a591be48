package ai.greenthread.http.relay;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for something that is not an upstream, with the same care for the client. */
public final class Waiting {
  private Waiting() {}

  /**
   * Waits for a value; calls the listener as if an upstream were silent.
   *
   * @param value must not complete exceptionally
   * @throws ClientGoneException from the listener
   */
  public static <T> T await(CompletableFuture<T> value, SilenceListener silence)
      throws ClientGoneException, InterruptedException {
    while (true) {
      try {
        return value.get(silence.pauseMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        silence.onSilence();
      } catch (ExecutionException e) {
        throw new IllegalStateException("what is waited for has failed", e);
      }
    }
  }
}
