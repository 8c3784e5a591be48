package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.Bytes;
import java.util.Set;

/**
 * A replica waits for memory on a device, and may have named the victims that have to make room.
 *
 * @param ticket who waits and since when
 * @param generation of the waiter's wake
 * @param need bytes it needs on this device
 * @param ready it has room on all its devices and only waits for a wake lock, so nobody with a
 *     later ticket may take a lock before it
 * @param victims whom it asked to leave; empty while it only waits
 */
public record Intent(
    Ticket ticket, long generation, Bytes need, boolean ready, Set<Victim> victims) {
  public Intent {
    victims = Set.copyOf(victims);
  }
}
