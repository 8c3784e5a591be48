package ai.greenthread.scheduling.sidecar;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.lifecycle.State;

/**
 * A sidecar as seen from outside.
 *
 * @param replica whose sidecar
 * @param state what it does
 * @param bootReady it has been asleep or serving at least once
 * @param inFlight requests at the runtime
 * @param queued requests waiting
 * @param barriered the barrier is up for a drain
 */
public record SidecarStatus(
    ReplicaId replica,
    State state,
    boolean bootReady,
    int inFlight,
    int queued,
    boolean barriered) {}
