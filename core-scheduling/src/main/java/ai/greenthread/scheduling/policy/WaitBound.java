package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ReplicaId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The longest time that a request can wait for its model to serve, if nothing fails.
 *
 * <p>Tickets are served in order and a replica holds one at a time, so at most every other replica
 * that can be tied to this one through shared devices is served once before it. Each turn costs at
 * most: the time until force is allowed (the larger of the waiter's {@code maxWaitTime} and the
 * longest {@code minRuntime} of those it may have to push out), the longest drain, the longest
 * sleep and the waiter's own wake. A wake that is running when the request arrives is one more turn
 * of another. A request can also come just when its own model begins to drain, and then waits for
 * that first.
 */
public final class WaitBound {
  private WaitBound() {}

  /**
   * What the bound depends on, for one replica.
   *
   * @param needPerDevice memory it needs on each of its devices
   * @param drain longest drain, the wait after cutting included
   * @param sleep longest sleep
   * @param wake longest wake
   */
  public record Member(
      ReplicaId replica,
      List<GpuId> devices,
      Bytes needPerDevice,
      Fairness fairness,
      Duration drain,
      Duration sleep,
      Duration wake) {}

  /**
   * The longest that {@code replica} can wait for its turn.
   *
   * @return empty when the wait of {@code replica} has no bound: it never fits, or popular models
   *     may keep its devices
   */
  public static Optional<Duration> of(
      ReplicaId replica, Collection<Member> fleet, Map<GpuId, Bytes> capacities) {
    Member self =
        fleet.stream().filter(member -> member.replica().equals(replica)).findFirst().orElseThrow();
    if (!fitsBesidePopular(self, fleet, capacities)) {
      return Optional.empty();
    }
    List<Member> rivals =
        tiedTo(self, fleet).stream().filter(member -> !member.replica().equals(replica)).toList();
    if (allFitTogether(self, rivals, capacities)) {
      Duration lockTurns = rivals.stream().map(Member::wake).reduce(Duration.ZERO, Duration::plus);
      return Optional.of(ownDrain(self).plus(lockTurns).plus(self.wake()));
    }
    Duration bound = ownDrain(self).plus(turn(self, rivals));
    for (Member rival : rivals) {
      bound = bound.plus(turn(rival, fleet)).plus(rival.wake());
    }
    return Optional.of(bound);
  }

  private static Duration ownDrain(Member self) {
    return self.drain().plus(self.sleep());
  }

  private static Duration turn(Member waiter, Collection<Member> others) {
    Duration force = waiter.fairness().maxWaitTime();
    Duration leave = Duration.ZERO;
    for (Member other : others) {
      if (other.replica().equals(waiter.replica()) || other.fairness().popular()) {
        continue;
      }
      force = max(force, other.fairness().minRuntime());
      leave = max(leave, other.drain().plus(other.sleep()));
    }
    return force.plus(leave).plus(waiter.wake());
  }

  private static boolean fitsBesidePopular(
      Member self, Collection<Member> fleet, Map<GpuId, Bytes> capacities) {
    for (GpuId device : self.devices()) {
      Bytes wanted = self.needPerDevice();
      for (Member other : fleet) {
        if (!other.replica().equals(self.replica())
            && other.fairness().popular()
            && other.devices().contains(device)) {
          wanted = wanted.plus(other.needPerDevice());
        }
      }
      if (!wanted.fitsIn(capacities.getOrDefault(device, Bytes.ZERO))) {
        return false;
      }
    }
    return true;
  }

  private static boolean allFitTogether(
      Member self, List<Member> rivals, Map<GpuId, Bytes> capacities) {
    var devices = new TreeSet<>(self.devices());
    rivals.forEach(rival -> devices.addAll(rival.devices()));
    for (GpuId device : devices) {
      Bytes wanted = self.devices().contains(device) ? self.needPerDevice() : Bytes.ZERO;
      for (Member rival : rivals) {
        if (rival.devices().contains(device)) {
          wanted = wanted.plus(rival.needPerDevice());
        }
      }
      if (!wanted.fitsIn(capacities.getOrDefault(device, Bytes.ZERO))) {
        return false;
      }
    }
    return true;
  }

  /** All members linked to {@code self} through shared devices, directly or over others. */
  private static Set<Member> tiedTo(Member self, Collection<Member> fleet) {
    var tied = new java.util.LinkedHashSet<Member>();
    var devices = new TreeSet<>(self.devices());
    tied.add(self);
    boolean grew = true;
    while (grew) {
      grew = false;
      for (Member member : fleet) {
        if (!tied.contains(member) && member.devices().stream().anyMatch(devices::contains)) {
          tied.add(member);
          devices.addAll(member.devices());
          grew = true;
        }
      }
    }
    return tied;
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
