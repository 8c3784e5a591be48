package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.Bytes;
import java.util.Set;

/**
 * A replica waits for memory on a device, and may have named the victims that have to make room.
 *
 * @param ticket who waits and since when
 * @param generation of the waiter's wake
 * @param need bytes it needs on this device
 * @param victims whom it asked to leave; empty while it only waits
 */
public record Intent(Ticket ticket, long generation, Bytes need, Set<Victim> victims) {
  public Intent {
    victims = Set.copyOf(victims);
  }
}
