package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.WakeLock;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The published fairness rule with the corrections that make it lose nothing and starve nobody.
 *
 * <p>As published: wait up to {@code maxWaitTime} for voluntary room, then put to sleep the least
 * recently used occupants of the needed devices that are serving, not popular and past their {@code
 * minRuntime}. Corrected: {@code maxWaitTime} is when force begins, not when the waiter fails; if
 * no victim may leave yet, it waits for the first that may; waiters stand in line by ticket, and
 * only the first in line on all its devices forces anyone, and who comes later passes only where
 * that takes neither memory nor the wake lock from those ahead; victims are a minimal set whose
 * leaving really makes room; the residue of sleepers counts; what can never fit is said at once.
 *
 * <p>{@link Verdict.WakeNow} speaks of memory and order; a wake lock that another holds is met when
 * claiming.
 */
public final class DocumentedPolicy implements WakePolicy {
  private static final Comparator<Room.Candidate> LEAST_RECENTLY_USED =
      Comparator.comparing(Room.Candidate::lastAccessed).thenComparing(c -> c.victim().replica());

  @Override
  public Verdict decide(List<DeviceRecord> devices, Waiter waiter, Instant now) {
    ReplicaId self = waiter.ticket().replica();
    Bytes need = waiter.needPerDevice();
    var room = new Room(devices, self);

    Optional<String> never = room.neverFits(need);
    if (never.isPresent()) {
      return new Verdict.Never(never.get());
    }
    for (DeviceRecord device : devices) {
      Optional<Intent> ahead = firstAhead(device, waiter);
      if (ahead.isPresent() && !mayPass(device, waiter)) {
        return Room.recheck(now, "behind " + ahead.get().ticket().replica().podName());
      }
    }
    Shortfall missing = room.shortfall(_ -> need.count());
    if (missing.none()) {
      return new Verdict.WakeNow();
    }
    // A wake may take less than it claimed. Nobody can begin another on these devices meanwhile, as
    // the room there is not enough for this waiter alone.
    for (DeviceRecord device : missing.devices()) {
      Optional<WakeLock> lock = device.lock();
      if (lock.isPresent() && lock.get().isHeldAt(now) && !lock.get().holder().equals(self)) {
        return Room.recheck(now, lock.get().holder().podName() + " is waking");
      }
    }
    return makeRoom(room, missing, waiter, now);
  }

  /** The waiter is first in line and there is no room. */
  private static Verdict makeRoom(Room room, Shortfall missing, Waiter waiter, Instant now) {
    Predicate<Ticket> self = ticket -> ticket.replica().equals(room.self());

    Set<ReplicaId> leaving = room.leaving(self);
    missing.leave(leaving);
    if (missing.none()) {
      return Room.recheck(now, Room.names(leaving) + " on the way to sleep");
    }
    Instant forceAt = waiter.ticket().since().plus(waiter.maxWaitTime());
    if (now.isBefore(forceAt)) {
      return new Verdict.WaitUntil(forceAt, "waiting for an idle model to make room");
    }
    Collection<Room.Candidate> candidates = room.candidates(leaving);
    List<Room.Candidate> eligible =
        candidates.stream()
            .filter(candidate -> !now.isBefore(candidate.eligibleAt()))
            .sorted(LEAST_RECENTLY_USED)
            .toList();
    Optional<List<Room.Candidate>> victims = Room.minimalSet(missing, eligible);
    if (victims.isPresent()) {
      return room.preempt(victims.get());
    }
    return candidates.stream()
        .filter(candidate -> now.isBefore(candidate.eligibleAt()))
        .min(
            Comparator.comparing(Room.Candidate::eligibleAt)
                .thenComparing(c -> c.victim().replica()))
        .<Verdict>map(candidate ->
            new Verdict.WaitUntil(
                candidate.eligibleAt(),
                candidate.victim().replica().podName() + " has not served its minimum runtime yet"))
        .orElseGet(() -> Room.recheck(now, "waiting for a wake on the device to finish"));
  }

  private static Optional<Intent> firstAhead(DeviceRecord device, Waiter waiter) {
    return device.intents().stream()
        .filter(intent -> intent.ticket().isAheadOf(waiter.ticket()))
        .findFirst();
  }

  /**
   * Room for this waiter beside all that came earlier, and none of them is about to take the lock:
   * passing them delays nobody.
   */
  private static boolean mayPass(DeviceRecord device, Waiter waiter) {
    Bytes wanted = waiter.needPerDevice();
    for (Intent intent : device.intents()) {
      if (intent.ticket().isAheadOf(waiter.ticket())) {
        if (intent.ready()) {
          return false;
        }
        wanted = wanted.plus(intent.need());
      }
    }
    return wanted.fitsIn(device.availableTo(waiter.ticket().replica()));
  }
}
