package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * First come, first served, by all waiters at once; nobody waits longer than {@link WaitBound}
 * says.
 *
 * <ul>
 *   <li>Each waiter plans for itself and all with earlier tickets: it counts their needs as taken,
 *       and whoever they have asked to leave as gone. So it never takes what they count on, and
 *       asks for nothing that they have asked for. That is why it need not wait until they are
 *       served before it begins to make room: evictions for several waiters run side by side.
 *   <li>Past its minimum runtime, a model that nobody uses may be asked at once: it loses nothing
 *       by leaving. One in use, which is one that had requests in hand when it last said, may be
 *       asked when the waiter has waited for its {@code maxWaitTime} and the turn of the one in use
 *       is over. A turn is worth {@value #WORTH} times what the switch costs, so that switching
 *       takes no more than an eighth of the time of a device that is always in use; but at most
 *       {@link #LONGEST_TURN}, whatever the switch costs. The popular are never asked.
 *   <li>Whoever is idle goes first, the longest idle before others; of those in use, whoever has
 *       served longest. One that makes room alone is preferred to several that cost more to bring
 *       back, unless it is in use and they are not. Nobody is asked in vain, and no more than
 *       needed, as far as can be seen: waiters that decide at the same moment do not see each
 *       other's choice.
 * </ul>
 *
 * <p>{@link Verdict.WakeNow} speaks of memory and order; a wake lock that another holds is met when
 * claiming.
 */
public final class BoundedPolicy implements WakePolicy {
  /** Longest that one in use is left alone once somebody has waited long enough. */
  public static final Duration LONGEST_TURN = Duration.ofSeconds(30);

  private static final int WORTH = 7;

  private static final Comparator<Room.Candidate> IN_TURN =
      Comparator.comparing((Room.Candidate candidate) -> !candidate.idle())
          .thenComparing(
              candidate -> candidate.idle() ? candidate.lastAccessed() : candidate.servingSince())
          .thenComparing(candidate -> candidate.victim().replica());

  @Override
  public Verdict decide(List<DeviceRecord> devices, Waiter waiter, Instant now) {
    var room = new Room(devices, waiter.ticket().replica());
    Optional<String> never = room.neverFits(waiter.needPerDevice());
    if (never.isPresent()) {
      return new Verdict.Never(never.get());
    }
    Shortfall missing = room.shortfall(device -> wanted(device, waiter));
    if (missing.none() && devices.stream().noneMatch(device -> aboutToWake(device, waiter))) {
      return new Verdict.WakeNow();
    }
    Set<ReplicaId> leaving = room.leaving(ticket -> isUpTo(waiter.ticket(), ticket));
    missing.leave(leaving);
    if (missing.none()) {
      return Room.recheck(now, whatIsOnTheWay(devices, waiter, leaving));
    }
    return makeRoom(room, missing, leaving, waiter, now);
  }

  @Override
  public Duration longestTurn() {
    return LONGEST_TURN;
  }

  private static boolean isUpTo(Ticket self, Ticket other) {
    return other.replica().equals(self.replica()) || other.isAheadOf(self);
  }

  private static boolean isAhead(Intent intent, Waiter waiter) {
    return !intent.ticket().replica().equals(waiter.ticket().replica())
        && intent.ticket().isAheadOf(waiter.ticket());
  }

  /** Bytes that have to be free on a device before this waiter may wake. */
  private static long wanted(DeviceRecord device, Waiter waiter) {
    long wanted = waiter.needPerDevice().count();
    for (Intent intent : device.intents()) {
      if (isAhead(intent, waiter)) {
        wanted = Math.addExact(wanted, further(device, intent));
      }
    }
    return wanted;
  }

  /** What one ahead will take beyond what it keeps asleep, which is counted already. */
  private static long further(DeviceRecord device, Intent intent) {
    long kept =
        device
            .occupant(intent.ticket().replica())
            .filter(occupant -> occupant.state() == OccupantState.SLEEPING)
            .map(occupant -> occupant.charge().count())
            .orElse(0L);
    return Math.max(0, intent.need().count() - kept);
  }

  /** Somebody ahead has all its room and only waits for the lock. */
  private static boolean aboutToWake(DeviceRecord device, Waiter waiter) {
    for (Intent intent : device.intents()) {
      if (intent.ready() && isAhead(intent, waiter)) {
        return true;
      }
    }
    return false;
  }

  private static Verdict makeRoom(
      Room room, Shortfall missing, Set<ReplicaId> leaving, Waiter waiter, Instant now) {
    Instant forceAt = waiter.ticket().since().plus(waiter.maxWaitTime());
    Collection<Room.Candidate> candidates = room.candidates(leaving);
    List<Room.Candidate> eligible =
        candidates.stream()
            .filter(candidate -> !now.isBefore(mayLeaveAt(candidate, forceAt)))
            .sorted(IN_TURN)
            .toList();
    Optional<List<Room.Candidate>> victims = cheapest(missing, eligible);
    if (victims.isPresent()) {
      return room.preempt(victims.get());
    }
    return candidates.stream()
        .filter(candidate -> now.isBefore(mayLeaveAt(candidate, forceAt)))
        .min(
            Comparator.comparing((Room.Candidate candidate) -> mayLeaveAt(candidate, forceAt))
                .thenComparing(candidate -> candidate.victim().replica()))
        .<Verdict>map(candidate ->
            new Verdict.WaitUntil(mayLeaveAt(candidate, forceAt), whyNotYet(candidate, forceAt)))
        .orElseGet(() -> Room.recheck(now, whatIsOnTheWay(room.devices(), waiter, leaving)));
  }

  private static Instant mayLeaveAt(Room.Candidate candidate, Instant forceAt) {
    return candidate.idle()
        ? candidate.eligibleAt()
        : later(candidate.eligibleAt(), later(forceAt, turnEndsAt(candidate)));
  }

  private static Instant turnEndsAt(Room.Candidate candidate) {
    Duration turn = candidate.switchCost().multipliedBy(WORTH);
    return candidate.servingSince().plus(turn.compareTo(LONGEST_TURN) < 0 ? turn : LONGEST_TURN);
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static String whyNotYet(Room.Candidate candidate, Instant forceAt) {
    Instant then = mayLeaveAt(candidate, forceAt);
    String why =
        then.equals(candidate.eligibleAt())
            ? "it has its minimum runtime until then"
            : then.equals(forceAt)
                ? "it is in use, and this has waited for its maxWaitTime then"
                : "it is in use and has its turn until then";
    return candidate.victim().replica().podName()
        + " may be put to sleep at "
        + then.truncatedTo(ChronoUnit.SECONDS)
        + ": "
        + why;
  }

  /** In turn, unless one alone makes room and costs less to bring back. */
  private static Optional<List<Room.Candidate>> cheapest(
      Shortfall missing, List<Room.Candidate> eligible) {
    Optional<List<Room.Candidate>> inTurn = Room.minimalSet(missing, eligible);
    if (inTurn.isEmpty() || inTurn.get().size() < 2) {
      return inTurn;
    }
    Duration cost = Duration.ZERO;
    boolean allIdle = true;
    for (Room.Candidate candidate : inTurn.get()) {
      missing.stays(candidate.victim().replica());
      cost = cost.plus(candidate.switchCost());
      allIdle &= candidate.idle();
    }
    for (Room.Candidate candidate : eligible) {
      boolean interrupts = allIdle && !candidate.idle();
      boolean known = !candidate.switchCost().isZero();
      if (known && !interrupts && candidate.switchCost().compareTo(cost) < 0) {
        missing.leaves(candidate.victim().replica());
        if (missing.none()) {
          return Optional.of(List.of(candidate));
        }
        missing.stays(candidate.victim().replica());
      }
    }
    return inTurn;
  }

  private static String whatIsOnTheWay(
      List<DeviceRecord> devices, Waiter waiter, Set<ReplicaId> leaving) {
    if (!leaving.isEmpty()) {
      return Room.names(leaving) + " on the way to sleep";
    }
    return devices.stream()
        .flatMap(device -> device.intents().stream())
        .filter(intent -> isAhead(intent, waiter))
        .map(Intent::ticket)
        .sorted()
        .findFirst()
        .map(ticket -> "behind " + ticket.replica().podName())
        .orElse("waiting for a wake on the device to finish");
  }
}
