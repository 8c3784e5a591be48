package ai.greenthread.scheduling.simulation;

import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.policy.Verdict;
import ai.greenthread.scheduling.policy.Waiter;
import ai.greenthread.scheduling.policy.WakePolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Asks a policy and holds its verdict against a rule, which is restated here by brute force: every
 * set of victims is tried. It says what has to come out, not how it is found.
 */
public final class PolicyOracle implements WakePolicy {
  private static final Duration SAFETY_NET = Duration.ofSeconds(1);

  /** How much of a verdict is laid down. */
  public enum Rule {
    /** All of it, but which of several minimal sets of victims is chosen. */
    DOCUMENTED,
    /**
     * What no policy may do, and that who is first and fits wakes: whom it lets pass, when it
     * begins to force and for how long it may wait is its own affair, which the wait bound judges.
     */
    ANY
  }

  private final WakePolicy policy;
  private final Rule rule;
  private final Consumer<String> complaints;

  public PolicyOracle(WakePolicy policy, Rule rule, Consumer<String> complaints) {
    this.policy = policy;
    this.rule = rule;
    this.complaints = complaints;
  }

  @Override
  public Verdict decide(List<DeviceRecord> devices, Waiter waiter, Instant now) {
    Verdict verdict = policy.decide(devices, waiter, now);
    var asked = new Case(devices, waiter, now);
    String wrong = rule == Rule.DOCUMENTED ? asked.judge(verdict) : asked.judgeAny(verdict);
    if (!wrong.isEmpty()) {
      complaints.accept(
          wrong + ": " + waiter + " at " + now + " was told " + verdict + " over " + devices);
    }
    return verdict;
  }

  private record Case(List<DeviceRecord> devices, Waiter waiter, Instant now) {
    String judge(Verdict verdict) {
      if (neverFits()) {
        return verdict instanceof Verdict.Never ? "" : "it can never fit";
      }
      if (verdict instanceof Verdict.Never) {
        return "it could fit";
      }
      if (isBehind()) {
        return waits(verdict, now.plus(SAFETY_NET), "L1: it overtakes");
      }
      if (fits(Set.of())) {
        return verdict instanceof Verdict.WakeNow ? "" : "L1: it fits and is first";
      }
      if (verdict instanceof Verdict.WakeNow) {
        return "S2: it does not fit";
      }
      Set<ReplicaId> leaving = leaving();
      boolean waitsForOthers = lockedByOther() || fits(leaving);
      if (waitsForOthers) {
        return waits(verdict, now.plus(SAFETY_NET), "S8: room is on its way");
      }
      Instant force = waiter.ticket().since().plus(waiter.maxWaitTime());
      if (now.isBefore(force)) {
        return waits(verdict, force, "S6: forced too early");
      }
      return victims(verdict, leaving);
    }

    String judgeAny(Verdict verdict) {
      if (neverFits()) {
        return verdict instanceof Verdict.Never ? "" : "it can never fit";
      }
      Set<ReplicaId> leaving = leaving();
      return switch (verdict) {
        case Verdict.Never _ -> "it could fit";
        case Verdict.WakeNow() -> fits(Set.of()) ? "" : "S2: it does not fit";
        case Verdict.Preempt _ when fits(leaving) -> "S8: evicts, and room is on its way";
        case Verdict.Preempt _ -> victims(verdict, leaving);
        case Verdict.WaitUntil _ -> isFirst() && fits(Set.of()) ? "L1: it fits and is first" : "";
      };
    }

    private boolean isFirst() {
      return devices.stream()
          .flatMap(device -> device.intents().stream())
          .noneMatch(intent -> intent.ticket().isAheadOf(waiter.ticket()));
    }

    private String victims(Verdict verdict, Set<ReplicaId> leaving) {
      Set<ReplicaId> eligible = eligible(leaving);
      boolean possible = fits(union(leaving, eligible));
      if (verdict instanceof Verdict.Preempt(Set<Victim> named)) {
        var chosen = new HashSet<ReplicaId>();
        named.forEach(victim -> chosen.add(victim.replica()));
        chosen.removeAll(leaving);
        if (!eligible.containsAll(chosen)) {
          return "S6: not eligible";
        }
        if (!fits(union(leaving, chosen))) {
          return "S8: evicts, and still does not fit";
        }
        return isMinimal(chosen, leaving) ? "" : "S8: evicts more than it has to";
      }
      return possible ? "somebody could make room" : waits(verdict, soonest(leaving), "");
    }

    private boolean isMinimal(Set<ReplicaId> chosen, Set<ReplicaId> leaving) {
      var members = List.copyOf(chosen);
      for (int mask = 0; mask < (1 << members.size()) - 1; mask++) {
        var subset = new HashSet<>(leaving);
        for (int i = 0; i < members.size(); i++) {
          if ((mask & (1 << i)) != 0) {
            subset.add(members.get(i));
          }
        }
        if (fits(subset)) {
          return false;
        }
      }
      return true;
    }

    private static String waits(Verdict verdict, Instant latest, String otherwise) {
      if (verdict instanceof Verdict.WaitUntil wait) {
        return wait.recheckAt().isAfter(latest) ? "L1: it looks again too late" : "";
      }
      return otherwise;
    }

    /** When the next occupant may be asked, or the safety net if there is none. */
    private Instant soonest(Set<ReplicaId> leaving) {
      var mayLeave = new HashMap<ReplicaId, Instant>();
      for (Occupant occupant : serving(leaving)) {
        mayLeave.merge(occupant.replica(), occupant.eligibleAt(), (a, b) -> a.isAfter(b) ? a : b);
      }
      return mayLeave.values().stream()
          .filter(now::isBefore)
          .min(Comparator.naturalOrder())
          .orElse(now.plus(SAFETY_NET));
    }

    private Set<ReplicaId> eligible(Set<ReplicaId> leaving) {
      var eligible = new HashSet<ReplicaId>();
      var young = new HashSet<ReplicaId>();
      for (Occupant occupant : serving(leaving)) {
        (now.isBefore(occupant.eligibleAt()) ? young : eligible).add(occupant.replica());
      }
      eligible.removeAll(young);
      return eligible;
    }

    private List<Occupant> serving(Set<ReplicaId> leaving) {
      var serving = new ArrayList<Occupant>();
      for (DeviceRecord device : devices) {
        for (Occupant occupant : device.occupants()) {
          if (occupant.state() == OccupantState.SERVING
              && !occupant.popular()
              && !leaving.contains(occupant.replica())
              && !isSelf(occupant)) {
            serving.add(occupant);
          }
        }
      }
      return serving;
    }

    private Set<ReplicaId> leaving() {
      var leaving = new HashSet<ReplicaId>();
      for (DeviceRecord device : devices) {
        Set<Victim> asked =
            device.intent(waiter.ticket().replica()).map(Intent::victims).orElse(Set.of());
        for (Occupant occupant : device.occupants()) {
          boolean told =
              occupant.state() == OccupantState.SERVING
                  && asked.contains(new Victim(occupant.replica(), occupant.generation()));
          if (!isSelf(occupant) && (told || occupant.state() == OccupantState.DRAINING)) {
            leaving.add(occupant.replica());
          }
        }
      }
      return leaving;
    }

    private boolean isSelf(Occupant occupant) {
      return occupant.replica().equals(waiter.ticket().replica());
    }

    private boolean neverFits() {
      for (DeviceRecord device : devices) {
        long taken = 0;
        for (Occupant occupant : device.occupants()) {
          boolean stays = occupant.popular() && occupant.state() == OccupantState.SERVING;
          if (!isSelf(occupant)) {
            taken += stays ? occupant.charge().count() : occupant.residual().count();
          }
        }
        if (waiter.needPerDevice().count() > device.capacity().count() - taken) {
          return true;
        }
      }
      return false;
    }

    private boolean fits(Set<ReplicaId> gone) {
      return devices.stream().allMatch(device -> room(device, gone) >= 0);
    }

    private long room(DeviceRecord device, Set<ReplicaId> gone) {
      long room = device.capacity().count() - waiter.needPerDevice().count();
      for (Occupant occupant : device.occupants()) {
        if (!isSelf(occupant)) {
          boolean left = gone.contains(occupant.replica());
          room -= left ? occupant.residual().count() : occupant.charge().count();
        }
      }
      return room;
    }

    private boolean isBehind() {
      for (DeviceRecord device : devices) {
        long ahead = 0;
        boolean blocked = false;
        boolean any = false;
        for (Intent intent : device.intents()) {
          if (intent.ticket().isAheadOf(waiter.ticket())) {
            any = true;
            ahead += intent.need().count();
            blocked |= intent.ready();
          }
        }
        if (any && (blocked || room(device, Set.of()) < ahead)) {
          return true;
        }
      }
      return false;
    }

    private boolean lockedByOther() {
      return devices.stream()
          .filter(device -> room(device, Set.of()) < 0)
          .flatMap(device -> device.lock().stream())
          .anyMatch(lock -> lock.isHeldAt(now) && !lock.holder().equals(waiter.ticket().replica()));
    }

    private static Set<ReplicaId> union(Set<ReplicaId> a, Set<ReplicaId> b) {
      var union = new HashSet<>(a);
      union.addAll(b);
      return union;
    }
  }
}
