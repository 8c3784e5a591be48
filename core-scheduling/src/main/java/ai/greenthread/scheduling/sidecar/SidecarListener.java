package ai.greenthread.scheduling.sidecar;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import java.time.Instant;
import java.util.List;

/** Sees all that a sidecar does; called on its writer (refusals: on any thread), must not block. */
public interface SidecarListener {
  /** An event was taken; {@code after} equals {@code before} when it changed nothing. */
  void stepped(ReplicaId replica, State before, Event event, State after, Instant now);

  /** A request was not served. */
  void refused(ReplicaId replica, Refusal refusal);

  /** Hears nothing. */
  SidecarListener NONE =
      new SidecarListener() {
        @Override
        public void stepped(
            ReplicaId replica, State before, Event event, State after, Instant now) {}

        @Override
        public void refused(ReplicaId replica, Refusal refusal) {}
      };

  /** Tells several listeners, in this order. */
  static SidecarListener all(List<SidecarListener> listeners) {
    List<SidecarListener> told = List.copyOf(listeners);
    return new SidecarListener() {
      @Override
      public void stepped(ReplicaId replica, State before, Event event, State after, Instant now) {
        told.forEach(listener -> listener.stepped(replica, before, event, after, now));
      }

      @Override
      public void refused(ReplicaId replica, Refusal refusal) {
        told.forEach(listener -> listener.refused(replica, refusal));
      }
    };
  }
}
