package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.runtime.MemoryRules;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The longest time that a request can wait for its model to serve, if nothing fails.
 *
 * <p>Tickets are served in order and a replica holds one at a time, so at most every other replica
 * that is tied to this one through shared devices is served once before it. A turn begins when all
 * earlier tickets are served and costs at most:
 *
 * <ul>
 *   <li>the wait until others may be forced out: the waiter's own {@code maxWaitTime}, their {@code
 *       minRuntime}, the {@linkplain WakePolicy#longestTurn longest turn}, or a wake that is
 *       running on a device where room is short, whichever is longest. No later ticket can begin
 *       one there, because it would have to fit beside this one;
 *   <li>their longest drain and sleep;
 *   <li>one more wake of another, which may have begun beside it before the turn's owner was ready;
 *       from then on nobody with a later ticket takes a wake lock before it;
 *   <li>its own wake, and the time to notice all that.
 * </ul>
 *
 * <p>Where all tied replicas fit side by side nobody is forced out and a turn is one wake. A
 * request can also come just when its own model begins to drain, and then waits for that first.
 * First wakes, which may claim a whole device, are not counted.
 */
public final class WaitBound {
  /**
   * To notice that a turn has come. If no watch tells them, waiters look again after a second, or
   * when somebody may be forced out, which the turn counts already.
   */
  private static final Duration REACTION = Room.RECHECK;

  private WaitBound() {}

  /**
   * What the bound depends on, for one replica.
   *
   * @param needPerDevice memory it needs on each of its devices, as measured or guessed; room to
   *     grow is added where it matters
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
   * @param capacities memory of each device that may be handed out, less the residues of sleepers
   * @param policy by which they take turns
   * @return empty when the wait of {@code replica} has no bound: it never fits, or popular models
   *     may keep its devices
   */
  public static Optional<Duration> of(
      ReplicaId replica,
      Collection<Member> fleet,
      Map<GpuId, Bytes> capacities,
      WakePolicy policy) {
    Member self =
        fleet.stream().filter(member -> member.replica().equals(replica)).findFirst().orElseThrow();
    if (!fitsBesidePopular(self, fleet, capacities)) {
      return Optional.empty();
    }
    Set<Member> tied = tiedTo(self, fleet);
    List<Member> rivals =
        tied.stream().filter(member -> !member.replica().equals(replica)).toList();
    boolean sideBySide = allFitTogether(self, rivals, capacities);
    Duration bound = ownDrain(self);
    for (Member member : tied) {
      bound = bound.plus(sideBySide ? member.wake() : turn(member, tied, policy)).plus(REACTION);
    }
    return Optional.of(bound);
  }

  private static Duration ownDrain(Member self) {
    return self.drain().plus(self.sleep());
  }

  private static Duration turn(Member waiter, Collection<Member> others, WakePolicy policy) {
    Duration force = max(waiter.fairness().maxWaitTime(), policy.longestTurn());
    Duration leave = Duration.ZERO;
    Duration beside = Duration.ZERO;
    for (Member other : others) {
      if (other.replica().equals(waiter.replica())) {
        continue;
      }
      beside = max(beside, other.wake());
      if (!other.fairness().popular()) {
        force = max(force, other.fairness().minRuntime());
        leave = max(leave, other.drain().plus(other.sleep()));
      }
    }
    return max(force, beside).plus(leave).plus(beside).plus(waiter.wake());
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
      Bytes capacity = capacities.getOrDefault(device, Bytes.ZERO);
      Bytes wanted = self.devices().contains(device) ? asks(self, capacity) : Bytes.ZERO;
      for (Member rival : rivals) {
        if (rival.devices().contains(device)) {
          wanted = wanted.plus(asks(rival, capacity));
        }
      }
      if (!wanted.fitsIn(capacity)) {
        return false;
      }
    }
    return true;
  }

  /** A waiter asks for room to grow as far as the device has any. */
  private static Bytes asks(Member member, Bytes capacity) {
    Bytes need = member.needPerDevice();
    return MemoryRules.withGrowth(need).min(capacity.max(need));
  }

  /** All members linked to {@code self} through shared devices, directly or over others. */
  private static Set<Member> tiedTo(Member self, Collection<Member> fleet) {
    var tied = new LinkedHashSet<Member>();
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
