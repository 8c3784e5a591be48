package ai.greenthread.scheduling.lab;

import static ai.greenthread.scheduling.lab.Fleets.at;
import static ai.greenthread.scheduling.lab.Fleets.fairness;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.greenthread.domain.Bytes;
import ai.greenthread.scheduling.policy.BoundedPolicy;
import ai.greenthread.scheduling.policy.WakePolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LabRunTest {
  private static final Offset<Double> ROUNDING = within(1e-5);
  private static final LabResult.Slo SLO =
      new LabResult.Slo(Duration.ofSeconds(12), Duration.ofMillis(200));

  private static Strategy bounded() {
    return new PolicyStrategy("bounded", new BoundedPolicy());
  }

  @Test
  void aWakeTakesAsLongAsItsBytesAndAnAnswerAsLongAsItsTokens() {
    LabFleet fleet = Fleets.of(1, 80, fairness(1, 1), 10);
    LabResult result = LabRun.of(fleet, List.of(at(0, 0, 11), at(20, 0, 1)), bounded());
    assertThat(result.longestWaitSeconds()).isCloseTo(10, ROUNDING);
    assertThat(result.waitSeconds(0.5)).isZero();
    assertThat(result.firstTokenSeconds(1)).isCloseTo(10.1, ROUNDING);
    assertThat(result.answered()).isEqualTo(2);
    assertThat(result.wakes()).isEqualTo(1);
    assertThat(result.loadSeconds()).isCloseTo(10, ROUNDING);
    assertThat(result.loadBytes()).isEqualTo((double) Bytes.ofGiB(10).count());
    // 1.1 s and 0.1 s of 20.1 s
    assertThat(result.busyShare()).isCloseTo(1.2 / 20.1, ROUNDING);
  }

  @Test
  void twoThatLoadAtOnceShareTheHost() {
    List<LabModel> models =
        List.of(Fleets.model("a", 1, 10, fairness(1, 1)), Fleets.model("b", 1, 10, fairness(1, 1)));
    var fleet =
        new LabFleet(
            List.of(Bytes.ofGiB(80), Bytes.ofGiB(80)),
            models,
            Fleets.GIB_PER_SECOND,
            Fleets.GIB_PER_SECOND);
    LabResult result = LabRun.of(fleet, List.of(at(0, 0, 1), at(5, 1, 1)), bounded());
    // Alone for 5 s, then half as fast: 5 + 10; the other has 5 left then and is alone again.
    assertThat(result.firstTokenSeconds(0.5)).isCloseTo(15.1, ROUNDING);
    assertThat(result.firstTokenSeconds(1)).isCloseTo(15.1, ROUNDING);
  }

  @Test
  void anIdleModelMakesRoomAtOnceAndOneInUseWhenItsTurnIsOver() {
    LabFleet fleet = Fleets.of(1, 80, fairness(1, 2), 50, 50);
    LabResult idle = LabRun.of(fleet, List.of(at(0, 0, 1), at(60, 1, 1)), bounded());
    assertThat(idle.longestWaitSeconds()).isCloseTo(50.5, ROUNDING);

    // Begins at 50 and is in use until 250; the turn of 30 s ends at 80, the drain limit at 110.
    LabResult busy = LabRun.of(fleet, List.of(at(0, 0, 2_000), at(60, 1, 1)), bounded());
    assertThat(busy.cut()).isEqualTo(1);
    assertThat(busy.lost()).isZero();
    assertThat(busy.longestWaitSeconds()).isCloseTo(110 + 0.5 + 50 - 60, ROUNDING);
  }

  @Test
  void shareOfTimeInUseCountsADeviceOnce() {
    LabFleet fleet = Fleets.of(1, 80, fairness(1, 1), 10, 10);
    LabResult result = LabRun.of(fleet, List.of(at(0, 0, 1_000), at(0, 1, 1_000)), bounded());
    assertThat(result.busyShare()).isBetween(0.5, 1.0);
  }

  @Test
  void aModelThatFitsNowhereIsNamed() {
    LabFleet fleet = Fleets.of(1, 40, fairness(1, 1), 50);
    assertThatThrownBy(() -> LabRun.of(fleet, List.of(at(0, 0, 1)), bounded()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("m0 fits nowhere");
  }

  static Stream<Supplier<Strategy>> strategies() {
    return Rivals.all().stream();
  }

  /** What does not fit ends the run with an error, so this is also a test of overcommitment. */
  @ParameterizedTest
  @MethodSource("strategies")
  void nobodyIsLostAndNothingIsLeftToChance(Supplier<Strategy> strategy) {
    for (long seed = 1; seed <= 5; seed++) {
      var random = new SplittableRandom(seed);
      LabFleet fleet = Fleets.of(2, 80, fairness(2, 3), 30, 30, 20, 50, 10, 30, 60, 20);
      List<Arrival> arrivals = Workloads.bursts(8, 1, 0.5, 0.3, 600, random);
      LabResult first = LabRun.of(fleet, arrivals, strategy.get());
      LabResult second = LabRun.of(fleet, arrivals, strategy.get());
      assertThat(first.lost()).as("%s, seed %d", first.strategy(), seed).isZero();
      assertThat(first.answered() + first.cut()).isEqualTo(arrivals.size());
      assertThat(second.waitSeconds(0.99)).isEqualTo(first.waitSeconds(0.99));
      assertThat(second.wakes()).isEqualTo(first.wakes());
      assertThat(first.loadSeconds()).isGreaterThanOrEqualTo(first.lowerBoundSeconds());
      assertThat(first.busyShare()).isBetween(0.0, 1.0);
      assertThat(first.attainment(SLO)).isBetween(0.0, 1.0);
      assertThat(first.jain(SLO)).isBetween(0.0, 1.0 + 1e-9);
    }
  }

  @Test
  void nobodyWaitsLongerThanThePolicyPromises() {
    WakePolicy policy = new BoundedPolicy();
    for (long seed = 1; seed <= 20; seed++) {
      var random = new SplittableRandom(seed);
      LabFleet fleet = Fleets.of(2, 80, fairness(2, 3), 40, 40, 60, 50, 40);
      List<Arrival> arrivals = Workloads.bursts(5, 0.5, 0.2, 0.5, 900, random);
      LabResult result = LabRun.of(fleet, arrivals, new PolicyStrategy("bounded", policy));
      List<Optional<Duration>> promised = PromisedWaits.of(fleet, policy);
      for (int model = 0; model < promised.size(); model++) {
        Duration bound = promised.get(model).orElseThrow();
        assertThat(result.waitedLonger(model, bound)).as("seed %d, model %d", seed, model).isZero();
      }
    }
  }
}
