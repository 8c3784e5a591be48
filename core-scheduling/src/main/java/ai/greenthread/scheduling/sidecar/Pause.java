package ai.greenthread.scheduling.sidecar;

import java.time.Duration;

/** Waiting between two looks at something that cannot be watched. */
@FunctionalInterface
public interface Pause {
  void pause(Duration time) throws InterruptedException;
}
