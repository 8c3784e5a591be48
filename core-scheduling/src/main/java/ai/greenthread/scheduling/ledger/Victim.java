package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.model.ReplicaId;

/**
 * A replica that has to make room, in the one serving period that is meant: a victim that slept and
 * woke again in the meantime is no longer this one.
 *
 * @param replica who
 * @param generation of the wake that is to end
 */
public record Victim(ReplicaId replica, long generation) {}
