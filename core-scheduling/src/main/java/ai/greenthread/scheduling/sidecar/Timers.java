package ai.greenthread.scheduling.sidecar;

import java.time.Instant;

/** Runs something once at a time of the sidecar's clock; at once if that has passed. */
@FunctionalInterface
public interface Timers {
  Timer at(Instant due, Runnable action);

  /** Takes an appointment back; too late if it has run. */
  @FunctionalInterface
  interface Timer {
    void cancel();
  }
}
