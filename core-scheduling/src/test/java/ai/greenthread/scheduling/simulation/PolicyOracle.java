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
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Asks a policy and holds its verdict against a rule, which is restated here by brute force: every
 * set of victims is tried. It says what has to come out, not how it is found.
 */
public final class PolicyOracle implements WakePolicy {
  private static final Duration SAFETY_NET = Duration.ofSeconds(1);

  /** Each lays down all of a verdict, but which of several minimal sets of victims is chosen. */
  public enum Rule {
    DOCUMENTED,
    BOUNDED
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
    String wrong = new Case(rule, devices, waiter, now).judge(verdict);
    if (!wrong.isEmpty()) {
      complaints.accept(
          wrong + ": " + waiter + " at " + now + " was told " + verdict + " over " + devices);
    }
    return verdict;
  }

  private record Case(Rule rule, List<DeviceRecord> devices, Waiter waiter, Instant now) {
    String judge(Verdict verdict) {
      return switch (rule) {
        case DOCUMENTED -> judgeDocumented(verdict);
        case BOUNDED -> judgeBounded(verdict);
      };
    }

    private String judgeDocumented(Verdict verdict) {
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

    private String judgeBounded(Verdict verdict) {
      if (neverFits()) {
        return verdict instanceof Verdict.Never ? "" : "it can never fit";
      }
      if (verdict instanceof Verdict.Never) {
        return "it could fit";
      }
      boolean passes = ahead().stream().noneMatch(Intent::ready);
      if (passes && fits(Set.of())) {
        return verdict instanceof Verdict.WakeNow ? "" : "L1: it fits beside all ahead";
      }
      if (verdict instanceof Verdict.WakeNow) {
        return "S2: it does not fit, or overtakes";
      }
      Set<ReplicaId> leaving = leaving();
      if (fits(leaving)) {
        return waits(verdict, now.plus(SAFETY_NET), "S8: room is on its way");
      }
      return victims(verdict, leaving);
    }

    private List<Intent> ahead() {
      return devices.stream().flatMap(device -> ahead(device).stream()).toList();
    }

    private List<Intent> ahead(DeviceRecord device) {
      return device.intents().stream()
          .filter(intent -> !intent.ticket().replica().equals(waiter.ticket().replica()))
          .filter(intent -> intent.ticket().isAheadOf(waiter.ticket()))
          .toList();
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
      return mayLeave(leaving).values().stream()
          .filter(now::isBefore)
          .min(Comparator.naturalOrder())
          .orElse(now.plus(SAFETY_NET));
    }

    private Set<ReplicaId> eligible(Set<ReplicaId> leaving) {
      var eligible = new HashSet<ReplicaId>();
      mayLeave(leaving)
          .forEach((replica, at) -> {
            if (!now.isBefore(at)) {
              eligible.add(replica);
            }
          });
      return eligible;
    }

    /** When each may be asked: the strictest of what its devices say. */
    private Map<ReplicaId, Instant> mayLeave(Set<ReplicaId> leaving) {
      var groups = new HashMap<ReplicaId, List<Occupant>>();
      for (Occupant occupant : serving(leaving)) {
        groups.computeIfAbsent(occupant.replica(), _ -> new ArrayList<>()).add(occupant);
      }
      var mayLeave = new HashMap<ReplicaId, Instant>();
      groups.forEach((replica, entries) -> {
        Instant at = latest(entries, Occupant::eligibleAt);
        boolean inUse = entries.stream().anyMatch(entry -> !entry.idle());
        if (rule == Rule.BOUNDED && inUse) {
          Instant force = waiter.ticket().since().plus(waiter.maxWaitTime());
          Duration cost =
              entries.stream()
                  .map(Occupant::switchCost)
                  .max(Comparator.naturalOrder())
                  .orElseThrow();
          Duration turn =
              Stream.of(cost.multipliedBy(7), Duration.ofSeconds(30))
                  .min(Comparator.naturalOrder())
                  .orElseThrow();
          Instant over = latest(entries, Occupant::becameServingAt).plus(turn);
          at = Stream.of(at, force, over).max(Comparator.naturalOrder()).orElseThrow();
        }
        mayLeave.put(replica, at);
      });
      return mayLeave;
    }

    private static Instant latest(List<Occupant> entries, Function<Occupant, Instant> when) {
      return entries.stream().map(when).max(Comparator.naturalOrder()).orElseThrow();
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
        var asked = new HashSet<Victim>();
        device
            .intent(waiter.ticket().replica())
            .ifPresent(intent -> asked.addAll(intent.victims()));
        if (rule == Rule.BOUNDED) {
          ahead(device).forEach(intent -> asked.addAll(intent.victims()));
        }
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
      if (rule == Rule.BOUNDED) {
        for (Intent intent : ahead(device)) {
          long asleep = 0;
          for (Occupant occupant : device.occupants()) {
            if (occupant.replica().equals(intent.ticket().replica())
                && occupant.state() == OccupantState.SLEEPING) {
              asleep = occupant.charge().count();
            }
          }
          room -= Math.max(0, intent.need().count() - asleep);
        }
      }
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
