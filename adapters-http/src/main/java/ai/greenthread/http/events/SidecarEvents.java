package ai.greenthread.http.events;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells one sidecar's transitions as events. One object a sidecar; called on its writer. */
public final class SidecarEvents implements SidecarListener {
  private final EventJournal journal;
  private @Nullable Instant wakeStarted;
  private @Nullable Instant sleepStarted;

  public SidecarEvents(EventJournal journal) {
    this.journal = journal;
  }

  @Override
  public void stepped(ReplicaId replica, State before, Event event, State after, Instant now) {
    if (event instanceof Event.RuntimeDied died) {
      tell(EventType.CONTAINER_ERROR, replica, before, after, died.reason(), null);
    }
    if (before.getClass().equals(after.getClass())) {
      return;
    }
    if (before instanceof State.Waking && after instanceof State.Deactivating leaving) {
      wakeEndedOtherwise(replica, before, leaving, now);
    }
    switch (after) {
      case State.Pending pending -> {
        wakeStarted = now;
        tell(EventType.WAKE_STARTED, replica, before, after, why(pending), null);
      }
      case State.Serving _ ->
          tell(
              EventType.WAKE_COMPLETED, replica, before, after, "serving", since(wakeStarted, now));
      case State.Deactivating leaving when leaving.cause() != State.Cause.FAILURE -> {
        sleepStarted = now;
        tell(EventType.SLEEP_STARTED, replica, before, after, why(leaving), null);
      }
      case State.Sleeping _ when before instanceof State.Releasing ->
          tell(
              EventType.SLEEP_COMPLETED,
              replica,
              before,
              after,
              "asleep, memory given back",
              since(sleepStarted, now));
      case State.Failed failed ->
          tell(EventType.WAKE_FAILED, replica, before, after, failed.reason(), null);
      case State.Stopped _ ->
          tell(EventType.CONTAINER_STOPPED, replica, before, after, "stopped", null);
      case State.Booting _,
          State.Sleeping _,
          State.Waking _,
          State.Deactivating _,
          State.Releasing _ -> {}
    }
  }

  private void wakeEndedOtherwise(
      ReplicaId replica, State before, State.Deactivating leaving, Instant now) {
    if (leaving.cause() == State.Cause.BOOTED) {
      tell(
          EventType.CONTAINER_STARTED,
          replica,
          before,
          leaving,
          "started for the first time and measured",
          since(wakeStarted, now));
    } else if (leaving.cause() == State.Cause.FAILURE) {
      tell(
          EventType.WAKE_FAILED,
          replica,
          before,
          leaving,
          leaving.problem(),
          since(wakeStarted, now));
    }
  }

  @Override
  public void refused(ReplicaId replica, Refusal refusal) {
    journal.record(
        EventType.REQUEST_FAILED,
        replica.model().name(),
        refusal.message(),
        null,
        Map.of("cause", refusal.cause().name().toLowerCase(Locale.ROOT)));
  }

  private static String why(State.Pending pending) {
    return switch (pending.purpose()) {
      case BOOT -> "first start";
      case DEMAND -> "a request waits";
      case MANUAL -> "ordered";
    };
  }

  private static String why(State.Deactivating leaving) {
    return switch (leaving.cause()) {
      case IDLE -> "idle";
      case PREEMPTED -> "another model needs the GPU";
      case MANUAL -> "ordered";
      case BOOTED -> "measured, nobody waits";
      case ABANDONED -> "nobody waits any more";
      case FAILURE -> leaving.problem();
      case SHUTDOWN -> "shutting down";
    };
  }

  private static @Nullable Duration since(@Nullable Instant start, Instant now) {
    return start == null ? null : Duration.between(start, now);
  }

  private void tell(
      EventType type,
      ReplicaId replica,
      State before,
      State after,
      String message,
      @Nullable Duration duration) {
    journal.record(
        type,
        replica.model().name(),
        message,
        duration,
        Map.of(
            "replica", replica.podName(),
            "namespace", replica.model().namespace(),
            "old_status", before.label(),
            "new_status", after.label()));
  }
}
