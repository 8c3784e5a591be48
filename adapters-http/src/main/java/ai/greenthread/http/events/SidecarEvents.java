package ai.greenthread.http.events;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells one sidecar's transitions as events. One object a sidecar; called on its writer. */
public final class SidecarEvents implements SidecarListener {
  private final EventJournal journal;
  private final Supplier<Bytes> memory;
  private @Nullable Instant wakeStarted;
  private @Nullable Instant sleepStarted;
  private boolean starting;
  private boolean running;

  /**
   * @param memory what the replica holds of its GPUs by the ledger, all together; answers at once
   */
  public SidecarEvents(EventJournal journal, Supplier<Bytes> memory) {
    this.journal = journal;
    this.memory = memory;
  }

  @Override
  public void stepped(ReplicaId replica, State before, Event event, State after, Instant now) {
    keep(replica, before, event, after);
    var step = new Transition(replica, before, after, now);
    if (event instanceof Event.RuntimeDied died) {
      step.tell(EventType.CONTAINER_ERROR, died.reason(), null);
    }
    if (event instanceof Event.StopFailed failed && failed.generation() == before.generation()) {
      step.tell(EventType.CONTAINER_ERROR, "cannot be ended: " + failed.reason(), null);
    }
    if (before instanceof State.Deactivating from && after instanceof State.Deactivating to) {
      stillLeaving(step, from, to);
    }
    if (before.getClass().equals(after.getClass())) {
      return;
    }
    left(step);
    entered(step);
  }

  /** To the history, before the step's effects are seen by anybody: the gate opens only then. */
  private void keep(ReplicaId replica, State before, Event event, State after) {
    HistoryLog history = journal.history();
    boolean moved =
        !before.label().equals(after.label())
            || !phase(before).equals(phase(after))
            || before.generation() != after.generation();
    if (history.isKept() && (moved || event instanceof Event.RuntimeDied)) {
      history.write(
          "step",
          Map.of(
              "replica", replica.podName(),
              "event", event.getClass().getSimpleName(),
              "before", before.label(),
              "after", after.label(),
              "phase", phase(after),
              "generation", after.generation()));
    }
  }

  private static String phase(State state) {
    return state instanceof State.Deactivating leaving
        ? leaving.phase().name().toLowerCase(Locale.ROOT)
        : state instanceof State.Releasing ? "releasing" : "";
  }

  private void stillLeaving(Transition step, State.Deactivating from, State.Deactivating to) {
    boolean failed =
        to.phase() == State.Phase.STOPPING
            && from.phase() != State.Phase.STOPPING
            && !to.problem().isEmpty();
    if (failed && sleepStarted != null) {
      step.tell(EventType.SLEEP_FAILED, to.problem(), step.since(sleepStarted));
      sleepStarted = null;
    }
  }

  /** What ended with the state before. */
  private void left(Transition step) {
    switch (step.before) {
      case State.Pending pending when step.after instanceof State.Waking ->
          starting = pending.cold();
      case State.Pending _ -> wakeGivenUp(step);
      case State.Waking waking -> wakeEnded(step, waking);
      case State.Releasing _
          when sleepStarted != null && !(step.after instanceof State.Deactivating) -> {
        step.tell(EventType.SLEEP_COMPLETED, "asleep, memory given back", step.since(sleepStarted));
        sleepStarted = null;
      }
      case State.Deactivating _
          when running
              && step.after instanceof State.Releasing releasing
              && releasing.serverEnded() -> {
        running = false;
        step.tell(EventType.CONTAINER_STOPPED, "its server has ended", null);
      }
      case State.Booting _,
          State.Sleeping _,
          State.Serving _,
          State.Deactivating _,
          State.Releasing _,
          State.Failed _,
          State.Stopped _ -> {}
    }
  }

  private void wakeGivenUp(Transition step) {
    String why =
        switch (step.after) {
          case State.Releasing releasing when !releasing.problem().isEmpty() -> releasing.problem();
          case State.Deactivating leaving -> why(leaving);
          default -> "nobody waits any more";
        };
    step.tell(EventType.WAKE_FAILED, why, step.since(wakeStarted));
    wakeStarted = null;
  }

  private void wakeEnded(Transition step, State.Waking waking) {
    boolean awake =
        step.after instanceof State.Serving
            || (step.after instanceof State.Deactivating to && to.cause() == State.Cause.BOOTED);
    if (awake && starting) {
      running = true;
      step.tell(EventType.CONTAINER_STARTED, "its server is up", step.since(waking.since()));
    }
    if (awake) {
      String message =
          step.after instanceof State.Serving
              ? "serving"
              : "started for the first time and measured";
      step.tell(EventType.WAKE_COMPLETED, message, step.since(wakeStarted));
    } else {
      // A start that failed may have left a server, whose end is told.
      running |= starting;
      String why = step.after instanceof State.Deactivating to ? why(to) : "";
      step.tell(EventType.WAKE_FAILED, why, step.since(wakeStarted));
    }
    starting = false;
    wakeStarted = null;
  }

  /** What begins with the state after. */
  private void entered(Transition step) {
    switch (step.after) {
      case State.Pending pending -> {
        wakeStarted = step.now;
        step.tell(EventType.WAKE_STARTED, why(pending), null);
      }
      case State.Deactivating leaving when fallsAsleep(leaving) -> {
        sleepStarted = step.now;
        step.tell(EventType.SLEEP_STARTED, why(leaving), null);
      }
      case State.Booting _,
          State.Sleeping _,
          State.Waking _,
          State.Serving _,
          State.Deactivating _,
          State.Releasing _,
          State.Failed _,
          State.Stopped _ -> {}
    }
  }

  private static boolean fallsAsleep(State.Deactivating leaving) {
    return leaving.cause() != State.Cause.FAILURE && leaving.cause() != State.Cause.SHUTDOWN;
  }

  /** Requests are told where they are answered, with more than a sidecar knows of them. */
  @Override
  public void refused(ReplicaId replica, Refusal refusal) {}

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
      case UNLISTED -> "the ledger has lost its entry";
      case ABANDONED -> "nobody waits any more";
      case FAILURE -> leaving.problem();
      case SHUTDOWN -> "shutting down";
    };
  }

  /** One step, and how it is told. */
  private final class Transition {
    private final ReplicaId replica;
    private final State before;
    private final State after;
    private final Instant now;

    Transition(ReplicaId replica, State before, State after, Instant now) {
      this.replica = replica;
      this.before = before;
      this.after = after;
      this.now = now;
    }

    @Nullable Duration since(@Nullable Instant start) {
      return start == null ? null : Duration.between(start, now);
    }

    void tell(EventType type, String message, @Nullable Duration duration) {
      journal.record(
          type,
          replica.model().name(),
          message,
          duration,
          Map.of(
              "replica", replica.podName(),
              "namespace", replica.model().namespace(),
              "old_status", before.label(),
              "new_status", after.label(),
              "gpu_memory_used", memory.get().count()));
    }
  }
}
