package ai.greenthread.http.relay;

/**
 * Called while nothing comes from an upstream, by any thread; a call may still be on its way when
 * the silence has ended.
 */
public interface SilenceListener {
  /** A listener that never wants to be called. */
  SilenceListener NONE =
      new SilenceListener() {
        @Override
        public int pauseMillis() {
          return Integer.MAX_VALUE;
        }

        @Override
        public void onSilence() {}
      };

  /** Milliseconds of silence, at least 1, until {@link #onSilence} wants to be called. */
  int pauseMillis();

  /** It has been silent for so long; an exception ends the waiting. */
  void onSilence() throws ClientGoneException;
}
