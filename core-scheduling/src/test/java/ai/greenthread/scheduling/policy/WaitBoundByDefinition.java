package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.policy.WaitBound.Member;
import ai.greenthread.scheduling.runtime.MemoryRules;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The wait bound word by word, replica by replica, in cubic time. */
final class WaitBoundByDefinition {
  private final Collection<Member> fleet;
  private final Map<GpuId, Bytes> devices;
  private final WakePolicy policy;

  /**
   * @param devices with their capacities, nothing taken off
   */
  WaitBoundByDefinition(Collection<Member> fleet, Map<GpuId, Bytes> devices, WakePolicy policy) {
    this.fleet = fleet;
    this.devices = devices;
    this.policy = policy;
  }

  Optional<Duration> of(ReplicaId replica) {
    Member self =
        fleet.stream().filter(each -> each.replica().equals(replica)).findFirst().orElseThrow();
    if (!self.devices().stream().allMatch(device -> fitsBesideThoseWhoStay(self, device))) {
      return Optional.empty();
    }
    List<Member> tied = tied(self);
    boolean sideBySide =
        devices.keySet().stream().allMatch(device -> asked(tied, device).fitsIn(capacity(device)));
    Duration bound = self.drain().plus(self.sleep());
    for (Member member : tied) {
      bound =
          bound.plus(sideBySide ? member.wake() : turn(member, tied)).plus(Duration.ofSeconds(1));
    }
    return Optional.of(bound);
  }

  private Bytes capacity(GpuId device) {
    return devices.getOrDefault(device, Bytes.ZERO);
  }

  private boolean fitsBesideThoseWhoStay(Member self, GpuId device) {
    Bytes wanted = self.needPerDevice();
    for (Member other : fleet) {
      if (other.devices().contains(device) && !other.equals(self)) {
        wanted = wanted.plus(other.fairness().popular() ? other.needPerDevice() : other.residue());
      }
    }
    return wanted.fitsIn(capacity(device));
  }

  private Bytes asked(List<Member> tied, GpuId device) {
    return tied.stream()
        .filter(member -> member.devices().contains(device))
        .map(member ->
            MemoryRules.withGrowth(member.needPerDevice())
                .min(capacity(device).max(member.needPerDevice())))
        .reduce(Bytes.ZERO, Bytes::plus);
  }

  private Duration turn(Member waiter, List<Member> tied) {
    List<Member> others = tied.stream().filter(member -> !member.equals(waiter)).toList();
    List<Member> victims = others.stream().filter(each -> !each.fairness().popular()).toList();
    Duration wake = longest(others.stream().map(Member::wake).toList());
    Duration force =
        longest(
            List.of(
                waiter.fairness().maxWaitTime(),
                policy.longestTurn(),
                longest(victims.stream().map(each -> each.fairness().minRuntime()).toList()),
                wake));
    Duration leave =
        longest(victims.stream().map(each -> each.drain().plus(each.sleep())).toList());
    return force.plus(leave).plus(wake).plus(waiter.wake());
  }

  private static Duration longest(List<Duration> durations) {
    return durations.stream().max(Duration::compareTo).orElse(Duration.ZERO);
  }

  private List<Member> tied(Member self) {
    Set<GpuId> linked = new TreeSet<>(self.devices());
    int before = 0;
    while (linked.size() > before) {
      before = linked.size();
      for (Member member : fleet) {
        if (member.devices().stream().anyMatch(linked::contains)) {
          linked.addAll(member.devices());
        }
      }
    }
    return fleet.stream()
        .filter(
            member -> member.equals(self) || member.devices().stream().anyMatch(linked::contains))
        .toList();
  }
}
