package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.ledger.WakeLock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
  /** Safety net under the ledger's watch: nobody waits longer than this without looking again. */
  static final Duration RECHECK = Duration.ofSeconds(1);

  private static final Comparator<Candidate> LEAST_RECENTLY_USED =
      Comparator.comparing(Candidate::lastAccessed).thenComparing(c -> c.victim().replica());

  /**
   * One who may be asked to leave, as all its devices see it: its wake was confirmed on one after
   * the other.
   */
  private record Candidate(Victim victim, Instant lastAccessed, Instant eligibleAt) {
    static Candidate of(Occupant occupant) {
      return new Candidate(
          new Victim(occupant.replica(), occupant.generation()),
          occupant.lastAccessed(),
          occupant.eligibleAt());
    }

    Candidate and(Candidate other) {
      return new Candidate(
          victim.generation() >= other.victim.generation() ? victim : other.victim,
          later(lastAccessed, other.lastAccessed),
          later(eligibleAt, other.eligibleAt));
    }

    private static Instant later(Instant a, Instant b) {
      return a.isAfter(b) ? a : b;
    }
  }

  @Override
  public Verdict decide(List<DeviceRecord> devices, Waiter waiter, Instant now) {
    ReplicaId self = waiter.ticket().replica();
    Bytes need = waiter.needPerDevice();

    Optional<String> never = neverFits(devices, self, need);
    if (never.isPresent()) {
      return new Verdict.Never(never.get());
    }
    for (DeviceRecord device : devices) {
      Optional<Intent> ahead = firstAhead(device, waiter);
      if (ahead.isPresent() && !mayPass(device, waiter)) {
        return recheck(now, "behind " + ahead.get().ticket().replica().podName());
      }
    }
    Map<DeviceRecord, Bytes> missing = missing(devices, self, need, Set.of());
    if (missing.isEmpty()) {
      return new Verdict.WakeNow();
    }
    // A wake may take less than it claimed. Nobody can begin another on these devices meanwhile, as
    // the room there is not enough for this waiter alone.
    for (DeviceRecord device : missing.keySet()) {
      Optional<WakeLock> lock = device.lock();
      if (lock.isPresent() && lock.get().isHeldAt(now) && !lock.get().holder().equals(self)) {
        return recheck(now, lock.get().holder().podName() + " is waking");
      }
    }
    return makeRoom(devices, waiter, now);
  }

  /** The waiter is first in line and there is no room. */
  private static Verdict makeRoom(List<DeviceRecord> devices, Waiter waiter, Instant now) {
    ReplicaId self = waiter.ticket().replica();
    Bytes need = waiter.needPerDevice();

    Set<ReplicaId> leaving = leaving(devices, self);
    if (missing(devices, self, need, leaving).isEmpty()) {
      return recheck(now, names(leaving) + " on the way to sleep");
    }
    Instant forceAt = waiter.ticket().since().plus(waiter.maxWaitTime());
    if (now.isBefore(forceAt)) {
      return new Verdict.WaitUntil(forceAt, "waiting for an idle model to make room");
    }
    Collection<Candidate> candidates = candidates(devices, self, leaving);
    List<Candidate> eligible =
        candidates.stream()
            .filter(candidate -> !now.isBefore(candidate.eligibleAt()))
            .sorted(LEAST_RECENTLY_USED)
            .toList();
    Optional<Set<Victim>> victims = minimalSet(devices, self, need, leaving, eligible);
    if (victims.isPresent()) {
      var leave = new HashSet<>(victims.get());
      leave.addAll(asked(devices, self));
      return new Verdict.Preempt(leave);
    }
    return candidates.stream()
        .filter(candidate -> now.isBefore(candidate.eligibleAt()))
        .min(Comparator.comparing(Candidate::eligibleAt).thenComparing(c -> c.victim().replica()))
        .<Verdict>map(candidate ->
            new Verdict.WaitUntil(
                candidate.eligibleAt(),
                candidate.victim().replica().podName() + " has not served its minimum runtime yet"))
        .orElseGet(() -> recheck(now, "waiting for a wake on the device to finish"));
  }

  /** Takes the least recently used until it fits, then lets go again whom it can do without. */
  private static Optional<Set<Victim>> minimalSet(
      List<DeviceRecord> devices,
      ReplicaId self,
      Bytes need,
      Set<ReplicaId> leaving,
      List<Candidate> eligible) {
    var chosen = new ArrayList<Victim>();
    var gone = new HashSet<>(leaving);
    for (Candidate candidate : eligible) {
      Map<DeviceRecord, Bytes> missing = missing(devices, self, need, gone);
      if (missing.isEmpty()) {
        break;
      }
      ReplicaId replica = candidate.victim().replica();
      boolean helps =
          missing.keySet().stream()
              .flatMap(device -> device.occupant(replica).stream())
              .anyMatch(there -> !there.reclaimable().isZero());
      if (helps) {
        chosen.add(candidate.victim());
        gone.add(replica);
      }
    }
    if (!missing(devices, self, need, gone).isEmpty()) {
      return Optional.empty();
    }
    for (Victim victim : chosen.reversed()) {
      gone.remove(victim.replica());
      if (!missing(devices, self, need, gone).isEmpty()) {
        gone.add(victim.replica());
      }
    }
    chosen.removeIf(victim -> !gone.contains(victim.replica()));
    return Optional.of(Set.copyOf(chosen));
  }

  /** Those behind their barrier, and those this waiter has asked to leave. */
  private static Set<ReplicaId> leaving(List<DeviceRecord> devices, ReplicaId self) {
    var leaving = new HashSet<ReplicaId>();
    for (DeviceRecord device : devices) {
      for (Occupant occupant : device.occupants()) {
        if (occupant.state() == OccupantState.DRAINING) {
          leaving.add(occupant.replica());
        }
      }
    }
    asked(devices, self).forEach(victim -> leaving.add(victim.replica()));
    leaving.remove(self);
    return leaving;
  }

  /** Those that this waiter has asked to leave and that have not begun to. */
  private static Set<Victim> asked(List<DeviceRecord> devices, ReplicaId self) {
    var asked = new HashSet<Victim>();
    for (DeviceRecord device : devices) {
      Set<Victim> named = device.intent(self).map(Intent::victims).orElse(Set.of());
      for (Occupant occupant : device.occupants()) {
        var victim = new Victim(occupant.replica(), occupant.generation());
        if (occupant.state() == OccupantState.SERVING && named.contains(victim)) {
          asked.add(victim);
        }
      }
    }
    return asked;
  }

  private static Collection<Candidate> candidates(
      List<DeviceRecord> devices, ReplicaId self, Set<ReplicaId> leaving) {
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

  /** Per device, the bytes still missing once {@code gone} have left; empty when it fits. */
  private static Map<DeviceRecord, Bytes> missing(
      List<DeviceRecord> devices, ReplicaId self, Bytes need, Set<ReplicaId> gone) {
    var missing = new LinkedHashMap<DeviceRecord, Bytes>();
    for (DeviceRecord device : devices) {
      long charged = 0;
      for (Occupant occupant : device.occupants()) {
        if (!occupant.replica().equals(self)) {
          Bytes charge =
              gone.contains(occupant.replica()) ? occupant.residual() : occupant.charge();
          charged = Math.addExact(charged, charge.count());
        }
      }
      Bytes free = device.capacity().minusOrZero(Bytes.of(charged));
      if (!need.fitsIn(free)) {
        missing.put(device, need.minusOrZero(free));
      }
    }
    return missing;
  }

  private static Optional<String> neverFits(
      List<DeviceRecord> devices, ReplicaId self, Bytes need) {
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
      var holders = new HashSet<ReplicaId>();
      for (Occupant occupant : device.occupants()) {
        if (occupant.replica().equals(self)) {
          continue;
        }
        Bytes kept = occupant.keptForGood();
        pinned = Math.addExact(pinned, kept.count());
        if (!kept.isZero()) {
          holders.add(occupant.replica());
        }
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
                + names(holders)
                + " (popular, or the residue of sleepers) leave only "
                + left);
      }
    }
    return Optional.empty();
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

  private static Verdict recheck(Instant now, String reason) {
    return new Verdict.WaitUntil(now.plus(RECHECK), reason);
  }

  private static String names(Set<ReplicaId> replicas) {
    return String.join(", ", replicas.stream().sorted().map(ReplicaId::podName).toList());
  }
}
