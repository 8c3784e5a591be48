package ai.greenthread.standalone;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Remembers when a replica that served lost its place other than by the rules: somebody put it to
 * sleep, or its server died. Written by the sidecar's writer, read by any thread.
 */
final class Displacement implements SidecarListener {
  /** What an operator's sleep holds at least: time for what was to come in instead. */
  private static final Duration ORDER_HOLDS = Duration.ofSeconds(30);

  private volatile Optional<Instant> restoreAt = Optional.empty();

  @Override
  public void stepped(ReplicaId replica, State before, Event event, State after, Instant now) {
    if (after instanceof State.Serving) {
      restoreAt = Optional.empty();
    } else if (before instanceof State.Serving && after instanceof State.Deactivating leaving) {
      restoreAt =
          switch (leaving.cause()) {
            case MANUAL -> Optional.of(now.plus(ORDER_HOLDS));
            case FAILURE, UNLISTED -> Optional.of(now);
            case IDLE, PREEMPTED, BOOTED, ABANDONED, SHUTDOWN -> Optional.empty();
          };
    } else if (event instanceof Event.SleepOrdered && restoreAt.isPresent()) {
      restoreAt = Optional.of(now.plus(ORDER_HOLDS));
    }
  }

  @Override
  public void refused(ReplicaId replica, Refusal refusal) {}

  /** Whether it may be brought back now, being in this state. */
  boolean isOver(State state, Instant now) {
    boolean settled =
        state instanceof State.Sleeping
            || (state instanceof State.Failed failed && !now.isBefore(failed.retryAt()));
    return settled && restoreAt.filter(due -> !now.isBefore(due)).isPresent();
  }
}
