package ai.greenthread.scheduling.policy;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.lifecycle.LifecycleSettings;
import ai.greenthread.scheduling.runtime.MemoryRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
   * @param residue what it keeps of that on each of its devices while it sleeps, as far as the
   *     capacities are less it; it does not stand in its own way
   * @param drain longest drain, the wait after cutting included
   * @param sleep longest sleep
   * @param wake longest wake
   */
  public record Member(
      ReplicaId replica,
      List<GpuId> devices,
      Bytes needPerDevice,
      Bytes residue,
      Fairness fairness,
      Duration drain,
      Duration sleep,
      Duration wake) {
    /** One that counts its residue twice, as if it stood in its own way: a bound all the same. */
    public Member(
        ReplicaId replica,
        List<GpuId> devices,
        Bytes needPerDevice,
        Fairness fairness,
        Duration drain,
        Duration sleep,
        Duration wake) {
      this(replica, devices, needPerDevice, Bytes.ZERO, fairness, drain, sleep, wake);
    }

    /**
     * A replica with the limits that its Model sets.
     *
     * @param records of its devices
     * @param linkPatience longest wait for the host's link, of a wake that is no start
     */
    public static Member of(
        ReplicaId replica,
        ModelSpec spec,
        Bytes needPerDevice,
        Collection<DeviceRecord> records,
        Duration linkPatience) {
      Optional<Bytes> least =
          records.stream()
              .map(record -> record.occupant(replica).map(Occupant::residual).orElse(Bytes.ZERO))
              .reduce(Bytes::min);
      return new Member(
          replica,
          records.stream().map(DeviceRecord::id).toList(),
          needPerDevice,
          least.orElse(Bytes.ZERO),
          spec.fairness(),
          spec.sleep().drainTimeout().plus(LifecycleSettings.CUT_GRACE),
          spec.runtime().timeouts().sleep(),
          spec.runtime().staysAliveAsleep()
              ? spec.runtime().longestWake().plus(linkPatience)
              : spec.runtime().longestWake());
    }

    private boolean isPopular() {
      return fairness.popular();
    }

    /** What it takes of a device beside its residue. */
    private Bytes above() {
      return needPerDevice.minusOrZero(residue);
    }

    private Duration leave() {
      return drain.plus(sleep);
    }
  }

  /** Memory of a device that may be handed out, less what sleepers keep of it or will keep. */
  public static Bytes capacity(DeviceRecord record) {
    Bytes left = record.capacity();
    for (Occupant occupant : record.occupants()) {
      left = left.minusOrZero(occupant.residual());
    }
    return left;
  }

  /**
   * A bound as objects show it: in whole seconds, rounded up to two significant digits, as 1,300 s
   * for 1,234 s. Rounded up it stays a bound, and where thousands are tied together one more of
   * them seldom changes what all others show.
   */
  public static Duration shown(Duration bound) {
    long seconds = bound.plusSeconds(1).minusNanos(1).toSeconds();
    long unit = 1;
    while (Math.ceilDiv(seconds, unit) >= 100) {
      unit *= 10;
    }
    return Duration.ofSeconds(Math.ceilDiv(seconds, unit) * unit);
  }

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
    return Optional.ofNullable(ofAll(fleet, capacities, policy).get(replica)).orElseThrow();
  }

  /**
   * The same for each replica of a fleet, in a time that grows with the fleet and not with its
   * square.
   */
  public static Map<ReplicaId, Optional<Duration>> ofAll(
      Collection<Member> fleet, Map<GpuId, Bytes> capacities, WakePolicy policy) {
    var bounds = new HashMap<ReplicaId, Optional<Duration>>();
    for (List<Member> tied : tied(fleet)) {
      Map<GpuId, Bytes> popular = popular(tied);
      Duration turns = turns(tied, capacities, policy);
      for (Member member : tied) {
        bounds.put(
            member.replica(),
            fitsBesidePopular(member, popular, capacities)
                ? Optional.of(member.leave().plus(turns))
                : Optional.empty());
      }
    }
    return bounds;
  }

  /** Until each of them has been served once, whoever comes last. */
  private static Duration turns(
      List<Member> tied, Map<GpuId, Bytes> capacities, WakePolicy policy) {
    boolean sideBySide = allFitTogether(tied, capacities);
    var others = new Others(tied);
    Duration sum = Duration.ZERO;
    for (Member member : tied) {
      Duration turn = sideBySide ? member.wake() : turn(member, others, policy);
      sum = sum.plus(turn).plus(REACTION);
    }
    return sum;
  }

  private static Duration turn(Member waiter, Others others, WakePolicy policy) {
    Duration force = max(waiter.fairness().maxWaitTime(), policy.longestTurn());
    Duration beside = others.wake.besides(waiter);
    return max(max(force, others.minRuntime.besides(waiter)), beside)
        .plus(others.leave.besides(waiter))
        .plus(beside)
        .plus(waiter.wake());
  }

  /** What the others of a waiter may take, whoever of them waits. */
  private static final class Others {
    final Longest wake = new Longest();
    final Longest minRuntime = new Longest();
    final Longest leave = new Longest();

    Others(List<Member> tied) {
      for (Member member : tied) {
        wake.take(member, member.wake());
        if (!member.isPopular()) {
          minRuntime.take(member, member.fairness().minRuntime());
          leave.take(member, member.leave());
        }
      }
    }
  }

  /** The longest of many durations, and the next one for whoever has the longest. */
  private static final class Longest {
    private Duration first = Duration.ZERO;
    private Duration second = Duration.ZERO;
    private Optional<ReplicaId> holder = Optional.empty();

    void take(Member member, Duration duration) {
      if (duration.compareTo(first) > 0) {
        second = first;
        first = duration;
        holder = Optional.of(member.replica());
      } else {
        second = max(second, duration);
      }
    }

    Duration besides(Member member) {
      return holder.filter(member.replica()::equals).isPresent() ? second : first;
    }
  }

  /** What popular ones keep of each device. */
  private static Map<GpuId, Bytes> popular(List<Member> tied) {
    var kept = new HashMap<GpuId, Bytes>();
    for (Member member : tied) {
      if (member.isPopular()) {
        member.devices().forEach(device -> kept.merge(device, member.above(), Bytes::plus));
      }
    }
    return kept;
  }

  private static boolean fitsBesidePopular(
      Member self, Map<GpuId, Bytes> popular, Map<GpuId, Bytes> capacities) {
    for (GpuId device : self.devices()) {
      Bytes kept = popular.getOrDefault(device, Bytes.ZERO);
      Bytes wanted = self.isPopular() ? kept : kept.plus(self.above());
      if (!wanted.fitsIn(capacities.getOrDefault(device, Bytes.ZERO))) {
        return false;
      }
    }
    return true;
  }

  private static boolean allFitTogether(List<Member> tied, Map<GpuId, Bytes> capacities) {
    // Where all are awake nobody keeps a residue beside what it needs.
    var room = new HashMap<GpuId, Bytes>();
    for (Member member : tied) {
      for (GpuId device : member.devices()) {
        room.merge(device, member.residue(), Bytes::plus);
      }
    }
    room.replaceAll(
        (device, residues) -> residues.plus(capacities.getOrDefault(device, Bytes.ZERO)));
    var wanted = new HashMap<GpuId, Bytes>();
    for (Member member : tied) {
      for (GpuId device : member.devices()) {
        Bytes most = room.getOrDefault(device, Bytes.ZERO);
        wanted.merge(device, asks(member, most), Bytes::plus);
      }
    }
    return wanted.entrySet().stream()
        .allMatch(each -> each.getValue().fitsIn(room.getOrDefault(each.getKey(), Bytes.ZERO)));
  }

  /** A waiter asks for room to grow as far as the device has any. */
  private static Bytes asks(Member member, Bytes capacity) {
    Bytes need = member.needPerDevice();
    return MemoryRules.withGrowth(need).min(capacity.max(need));
  }

  /** The fleet in groups, each linked through shared devices, directly or over others. */
  private static Collection<List<Member>> tied(Collection<Member> fleet) {
    var links = new HashMap<GpuId, GpuId>();
    for (Member member : fleet) {
      for (GpuId device : member.devices()) {
        links.put(root(links, device), root(links, member.devices().getFirst()));
      }
    }
    var groups = new HashMap<Object, List<Member>>();
    for (Member member : fleet) {
      // Without a device it is tied to nobody.
      Object key =
          member.devices().isEmpty() ? member.replica() : root(links, member.devices().getFirst());
      groups.computeIfAbsent(key, none -> new ArrayList<>()).add(member);
    }
    return groups.values();
  }

  /** The device that stands for all that are linked with this one. */
  private static GpuId root(Map<GpuId, GpuId> links, GpuId device) {
    GpuId here = device;
    GpuId next = links.getOrDefault(here, here);
    while (!next.equals(here)) {
      GpuId after = links.getOrDefault(next, next);
      links.put(here, after);
      here = next;
      next = after;
    }
    return here;
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
