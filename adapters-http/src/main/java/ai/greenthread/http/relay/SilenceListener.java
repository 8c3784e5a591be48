package ai.greenthread.http.relay;

import java.io.IOException;

/** Called while nothing comes from an upstream, on the thread that waits for it. */
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
  void onSilence() throws IOException;
}
