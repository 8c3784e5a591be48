package ai.greenthread.scheduling.policy;

import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.policy.WaitBound.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The bounds of whole fleets against their definition. {@code -Dseed} chooses other fleets. */
class WaitBoundOfFleetsTest {
  private static final long SEED = Long.getLong("seed", 20_261_123L);
  private static final int FLEETS = 3_000;

  @Test
  void allBoundsOfAFleetAreThoseOfTheDefinition() {
    var random = new SplittableRandom(SEED);
    int bounded = 0;
    int unbounded = 0;
    for (int i = 0; i < FLEETS; i++) {
      int devices = 1 + random.nextInt(6);
      Map<GpuId, Bytes> whole = new HashMap<>();
      for (int device = 0; device < devices; device++) {
        whole.put(gpu(device), gib(40 + random.nextLong(60)));
      }
      List<Member> fleet = fleet(random, devices);
      Map<GpuId, Bytes> less = new HashMap<>(whole);
      for (Member member : fleet) {
        member
            .devices()
            .forEach(device -> less.merge(device, member.residue(), Bytes::minusOrZero));
      }
      WakePolicy policy = random.nextBoolean() ? new BoundedPolicy() : new DocumentedPolicy();

      Map<ReplicaId, Optional<Duration>> bounds = WaitBound.ofAll(fleet, less, policy);

      var defined = new WaitBoundByDefinition(fleet, whole, policy);
      assertThat(bounds).hasSameSizeAs(fleet);
      for (Member member : fleet) {
        Optional<Duration> expected = defined.of(member.replica());
        assertThat(bounds.get(member.replica()))
            .as("seed %d, fleet %d, %s of %s on %s", SEED, i, member.replica(), fleet, whole)
            .isEqualTo(expected);
        assertThat(WaitBound.of(member.replica(), fleet, less, policy)).isEqualTo(expected);
        bounded += expected.isPresent() ? 1 : 0;
        unbounded += expected.isEmpty() ? 1 : 0;
      }
    }
    System.out.printf(
        "wait bound: seed %d, %d fleets, %d replicas with a bound, %d without%n",
        SEED, FLEETS, bounded, unbounded);
    assertThat(List.of(bounded, unbounded)).allMatch(count -> count > FLEETS / 10);
  }

  private static List<Member> fleet(SplittableRandom random, int devices) {
    List<Member> fleet = new ArrayList<>();
    // Few in some fleets, small ones in some, so that there are all kinds of outcomes.
    int size = 1 + random.nextInt(8);
    int largest = random.nextBoolean() ? 20 : 70;
    for (int i = 0; i < size; i++) {
      var own = new TreeSet<GpuId>();
      int wanted = 1 + random.nextInt(random.nextInt(4) == 0 ? devices : 1);
      while (own.size() < wanted) {
        own.add(gpu(random.nextInt(devices)));
      }
      long need = 1L + random.nextInt(largest);
      fleet.add(
          new Member(
              replica("m" + i),
              List.copyOf(own),
              gib(need),
              gib(random.nextLong(1 + Math.min(3, need))),
              new Fairness(
                  seconds(random.nextInt(60)), seconds(random.nextInt(60)), random.nextInt(6) == 0),
              seconds(random.nextInt(40)),
              seconds(random.nextInt(40)),
              seconds(random.nextInt(40))));
    }
    return fleet;
  }

  @Test
  void whoSleepsDoesNotStandInItsOwnWay() {
    Member alone =
        new Member(
            replica("a"),
            List.of(gpu(0)),
            gib(79),
            gib(2),
            Fairness.DEFAULT,
            seconds(31),
            seconds(2),
            seconds(4));
    assertThat(
            WaitBound.of(
                replica("a"), List.of(alone), Map.of(gpu(0), gib(78)), new DocumentedPolicy()))
        .contains(seconds(38));
  }

  @Test
  void aFleetOfThousandsTiedTogetherIsBoundedInAMoment() {
    int devices = 500;
    Map<GpuId, Bytes> capacities = new HashMap<>();
    List<Member> fleet = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      int first = i % devices;
      int second = (first + 1) % devices;
      capacities.put(gpu(first), gib(80));
      fleet.add(
          new Member(
              replica("m" + i),
              List.of(gpu(first), gpu(second)),
              gib(60),
              Fairness.DEFAULT,
              seconds(31),
              seconds(2),
              seconds(4)));
    }
    long began = System.nanoTime();
    Map<ReplicaId, Optional<Duration>> bounds =
        WaitBound.ofAll(fleet, capacities, new DocumentedPolicy());
    System.out.printf(
        "wait bound: 2,000 replicas tied over 500 devices in %.1f ms%n",
        (System.nanoTime() - began) / 1e6);
    // own drain 33; turns of: force 10, others leave 33, another wake 4, own wake 4, notice 1
    assertThat(bounds.values()).containsOnly(Optional.of(seconds(33 + 2_000 * 52)));
  }
}
