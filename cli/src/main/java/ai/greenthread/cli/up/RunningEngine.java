package ai.greenthread.cli.up;

import ai.greenthread.cli.text.Progress;
import java.time.Duration;

/** An engine in this process. Thread-safe. */
public interface RunningEngine {

  /**
   * Waits until the engine has ended of itself, as it does after {@code POST /api/shutdown}.
   *
   * @return whether it has ended; false when {@code longest} passed first
   */
  boolean awaitEnd(Duration longest) throws InterruptedException;

  /**
   * Drains, ends every process the engine started and removes {@code up.json}; returns when done.
   * Calling it again, or after the engine ended, does nothing.
   *
   * @param progress hears each step while it is done
   */
  void stop(Progress progress);
}
