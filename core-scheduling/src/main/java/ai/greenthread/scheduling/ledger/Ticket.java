package ai.greenthread.scheduling.ledger;

import ai.greenthread.domain.model.ReplicaId;
import java.time.Instant;

/**
 * Place of a waiter in the order of arrival. Tickets are totally ordered over all devices, so that
 * replicas spanning several devices can never wait for each other in a circle.
 *
 * @param since when the waiter started to wait
 * @param replica breaks ties
 */
public record Ticket(Instant since, ReplicaId replica) implements Comparable<Ticket> {
  @Override
  public int compareTo(Ticket other) {
    int byTime = since.compareTo(other.since);
    return byTime != 0 ? byTime : replica.compareTo(other.replica);
  }

  public boolean isAheadOf(Ticket other) {
    return compareTo(other) < 0;
  }
}
