package ai.greenthread.engine.sidecar;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import ai.greenthread.scheduling.sidecar.SidecarListener;
import java.time.Instant;

/** Writes each change of state to the log, so that {@code kubectl logs} tells what happened. */
final class StateLog implements SidecarListener {
  private static final System.Logger LOG = System.getLogger("sidecar");

  @Override
  public void stepped(ReplicaId replica, State before, Event event, State after, Instant now) {
    if (!before.getClass().equals(after.getClass())) {
      LOG.log(
          System.Logger.Level.INFO, "{0}: {1} after {2}", replica.podName(), after.label(), event);
    }
  }

  @Override
  public void refused(ReplicaId replica, Refusal refusal) {
    LOG.log(System.Logger.Level.INFO, "{0} refused a request: {1}", replica.podName(), refusal);
  }
}
