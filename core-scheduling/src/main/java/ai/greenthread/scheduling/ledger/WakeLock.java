package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.model.ReplicaId;
import java.time.Instant;

/**
 * The right to load weights onto a device; one waker at a time.
 *
 * @param holder who wakes
 * @param generation of that wake: the fence against a holder that comes back after expiry
 * @param expiresAt after which anyone may take the lock over
 */
public record WakeLock(ReplicaId holder, long generation, Instant expiresAt) {
  public boolean isHeldAt(Instant now) {
    return now.isBefore(expiresAt);
  }

  boolean belongsTo(ReplicaId replica, long by) {
    return holder.equals(replica) && generation == by;
  }
}
