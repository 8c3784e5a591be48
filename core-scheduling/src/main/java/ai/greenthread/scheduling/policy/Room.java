package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.Victim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What there is to know of the room on some devices, seen by one replica: what others take, who
 * could leave, and what would be missing then.
 */
record Room(List<DeviceRecord> devices, ReplicaId self) {
  /** Safety net under the ledger's watch, for who waits for something that has no known time. */
  static final Duration RECHECK = Duration.ofSeconds(1);

  /**
   * One who may be asked to leave, as all its devices see it: its wake was confirmed on one after
   * the other.
   *
   * @param servingSince last confirmed wake
   * @param idle nothing was in flight when use was last reported
   * @param switchCost what one sleep and one wake of it take; zero if not known
   */
  record Candidate(
      Victim victim,
      Instant lastAccessed,
      Instant eligibleAt,
      Instant servingSince,
      boolean idle,
      Duration switchCost) {
    private static Candidate of(Occupant occupant) {
      return new Candidate(
          new Victim(occupant.replica(), occupant.generation()),
          occupant.lastAccessed(),
          occupant.eligibleAt(),
          occupant.becameServingAt(),
          occupant.idle(),
          occupant.switchCost());
    }

    private Candidate and(Candidate other) {
      return new Candidate(
          victim.generation() >= other.victim.generation() ? victim : other.victim,
          later(lastAccessed, other.lastAccessed),
          later(eligibleAt, other.eligibleAt),
          later(servingSince, other.servingSince),
          idle && other.idle,
          switchCost.compareTo(other.switchCost) >= 0 ? switchCost : other.switchCost);
    }

    private static Instant later(Instant a, Instant b) {
      return a.isAfter(b) ? a : b;
    }
  }

  /** Those behind their barrier, and those whom one of {@code askers} has asked to leave. */
  Set<ReplicaId> leaving(Predicate<Ticket> askers) {
    var leaving = new HashSet<ReplicaId>();
    for (DeviceRecord device : devices) {
      for (Occupant occupant : device.occupants()) {
        if (occupant.state() == OccupantState.DRAINING) {
          leaving.add(occupant.replica());
        }
      }
    }
    asked(askers).forEach(victim -> leaving.add(victim.replica()));
    leaving.remove(self);
    return leaving;
  }

  /** Those whom one of {@code askers} has asked to leave and who have not begun to. */
  Set<Victim> asked(Predicate<Ticket> askers) {
    var asked = new HashSet<Victim>();
    for (DeviceRecord device : devices) {
      for (Intent intent : device.intents()) {
        if (askers.test(intent.ticket())) {
          for (Victim victim : intent.victims()) {
            device
                .occupant(victim.replica())
                .filter(there -> there.state() == OccupantState.SERVING)
                .filter(there -> there.generation() == victim.generation())
                .ifPresent(_ -> asked.add(victim));
          }
        }
      }
    }
    return asked;
  }

  /** Who serves, is not pinned, and does not leave already. */
  Collection<Candidate> candidates(Set<ReplicaId> leaving) {
    var candidates = new HashMap<ReplicaId, Candidate>();
    for (DeviceRecord device : devices) {
      for (Occupant occupant : device.occupants()) {
        if (occupant.state() == OccupantState.SERVING
            && !occupant.popular()
            && !occupant.replica().equals(self)
            && !leaving.contains(occupant.replica())) {
          candidates.merge(occupant.replica(), Candidate.of(occupant), Candidate::and);
        }
      }
    }
    return candidates.values();
  }

  /**
   * What is missing while all are there.
   *
   * @param wanted bytes to be free on a device
   */
  Shortfall shortfall(ToLongFunction<DeviceRecord> wanted) {
    return new Shortfall(devices, self, wanted);
  }

  /**
   * Takes those of {@code eligible}, in this order, until nothing is missing, then lets go again
   * whom it can do without; empty when all of them are not enough.
   *
   * @param missing changed by it
   */
  static Optional<List<Candidate>> minimalSet(Shortfall missing, List<Candidate> eligible) {
    var chosen = new ArrayList<Candidate>();
    for (Candidate candidate : eligible) {
      if (missing.none()) {
        break;
      }
      if (missing.shrinksWithout(candidate.victim().replica())) {
        chosen.add(candidate);
        missing.leaves(candidate.victim().replica());
      }
    }
    if (!missing.none()) {
      return Optional.empty();
    }
    for (int i = chosen.size() - 1; i >= 0; i--) {
      ReplicaId replica = chosen.get(i).victim().replica();
      missing.stays(replica);
      if (missing.none()) {
        chosen.remove(i);
      } else {
        missing.leaves(replica);
      }
    }
    return Optional.of(chosen);
  }

  /** Asks these to leave, besides those whom this replica has asked already. */
  Verdict preempt(List<Candidate> victims) {
    Set<Victim> leave = asked(ticket -> ticket.replica().equals(self));
    victims.forEach(candidate -> leave.add(candidate.victim()));
    return new Verdict.Preempt(leave);
  }

  /** Why {@code need} can never be had on each device as things are declared, if so. */
  Optional<String> neverFits(Bytes need) {
    for (DeviceRecord device : devices) {
      if (!need.fitsIn(device.capacity())) {
        return Optional.of(
            self.podName()
                + " needs "
                + need
                + " on "
                + device.id()
                + ", which has "
                + device.capacity()
                + " in all");
      }
      long pinned = 0;
      for (Occupant occupant : device.occupants()) {
        if (occupant.replica().equals(self)) {
          continue;
        }
        pinned = Math.addExact(pinned, occupant.keptForGood().count());
      }
      Bytes left = device.capacity().minusOrZero(Bytes.of(pinned));
      if (!need.fitsIn(left)) {
        return Optional.of(
            self.podName()
                + " needs "
                + need
                + " on "
                + device.id()
                + ", but "
                + names(holders(device))
                + " (popular, or the residue of sleepers) leave only "
                + left);
      }
    }
    return Optional.empty();
  }

  private Set<ReplicaId> holders(DeviceRecord device) {
    var holders = new HashSet<ReplicaId>();
    for (Occupant occupant : device.occupants()) {
      if (!occupant.replica().equals(self) && !occupant.keptForGood().isZero()) {
        holders.add(occupant.replica());
      }
    }
    return holders;
  }

  static Verdict recheck(Instant now, String reason) {
    return new Verdict.WaitUntil(now.plus(RECHECK), reason);
  }

  static String names(Collection<ReplicaId> replicas) {
    return String.join(", ", replicas.stream().sorted().map(ReplicaId::podName).toList());
  }
}
