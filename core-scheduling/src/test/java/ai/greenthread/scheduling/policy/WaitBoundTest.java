package ai.greenthread.scheduling.policy;

import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ModelSpec;
import ai.greenthread.domain.model.RuntimeSpec;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.policy.WaitBound.Member;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class WaitBoundTest {
  private static final Map<GpuId, Bytes> TWO_DEVICES = Map.of(gpu(0), gib(80), gpu(1), gib(80));

  /** Minimum runtime 10 s, force after 5 s, drain 31 s, sleep 2 s, wake 4 s. */
  private static Member member(String name, long gib, int... devices) {
    return member(name, gib, Fairness.DEFAULT, devices);
  }

  private static Member member(String name, long gib, Fairness fairness, int... devices) {
    return new Member(
        replica(name),
        IntStream.of(devices).mapToObj(index -> gpu(index)).toList(),
        gib(gib),
        fairness,
        seconds(31),
        seconds(2),
        seconds(4));
  }

  private static Optional<Duration> of(String name, Member... fleet) {
    return WaitBound.of(replica(name), List.of(fleet), TWO_DEVICES, new DocumentedPolicy());
  }

  @Test
  void aloneItWaitsForItsOwnDrainAndItsWake() {
    // drain 31 + sleep 2, wake 4, a second to notice
    assertThat(of("a", member("a", 80, 0))).contains(seconds(38));
  }

  @Test
  void besideOthersItWaitsForTheirWakes() {
    // drain 31 + sleep 2, two wakes of 4, a second each to notice
    assertThat(of("a", member("a", 36, 0), member("b", 36, 0))).contains(seconds(43));
  }

  @Test
  void whoFitsOnlyWithoutRoomToGrowTakesATurnAsThePolicyAsksForThatRoom() {
    assertThat(of("a", member("a", 40, 0), member("b", 40, 0))).contains(seconds(33 + 2 * 52));
  }

  @Test
  void whereNotAllFitEachRivalTakesATurn() {
    // own drain 33; two turns of: force 10, others leave 33, another wake 4, own wake 4, notice 1
    assertThat(of("a", member("a", 60, 0), member("b", 60, 0))).contains(seconds(33 + 2 * 52));
  }

  @Test
  void whoIsTiedOverAThirdCountsToo() {
    Optional<Duration> bound =
        of("a", member("a", 60, 0), member("both", 60, 0, 1), member("c", 60, 1));

    assertThat(bound).contains(seconds(33 + 3 * 52));
  }

  @Test
  void whoSharesNoDeviceDoesNotCount() {
    assertThat(of("a", member("a", 60, 0), member("b", 60, 1))).contains(seconds(38));
  }

  @Test
  void theLongestMinimumRuntimeOfTheOthersCountsAndNotOnesOwn() {
    var patient = new Fairness(seconds(100), seconds(5), false);

    // b's turn waits for a's minimum runtime, a's turn for b's
    assertThat(of("a", member("a", 60, patient, 0), member("b", 60, 0)))
        .contains(seconds(33 + 52 + 142));
  }

  @Test
  void aWakeUnderWayCountsWhereItIsLongerThanAllOtherWaiting() {
    var hasty = new Fairness(seconds(1), seconds(1), false);

    // force 1, but a wake of 4 may be running: 4 + 33 + 4 + 4 + 1
    assertThat(of("a", member("a", 60, hasty, 0), member("b", 60, hasty, 0)))
        .contains(seconds(33 + 2 * 46));
  }

  @Test
  void popularOnesThatLeaveNoRoomLeaveNoBound() {
    var popular = new Fairness(seconds(10), seconds(5), true);

    assertThat(of("a", member("a", 60, 0), member("star", 30, popular, 0))).isEmpty();
    assertThat(of("a", member("a", 50, 0), member("star", 30, popular, 0))).isPresent();
    assertThat(of("star", member("a", 60, 0), member("star", 30, popular, 0))).isPresent();
  }

  @Test
  void whatNeverFitsHasNoBound() {
    assertThat(of("a", member("a", 81, 0))).isEmpty();
    assertThat(of("a", member("a", 10, 7))).isEmpty();
  }

  @Test
  void aBoundIsShownRoundedUpToTwoDigits() {
    Map.of(0L, 0L, 99L, 99L, 100L, 100L, 101L, 110L, 134L, 140L, 991L, 1000L, 1234L, 1300L)
        .forEach((bound, shown) ->
            assertThat(WaitBound.shown(seconds(bound))).isEqualTo(seconds(shown)));
    assertThat(WaitBound.shown(Duration.ofMillis(18_001))).isEqualTo(seconds(19));
    assertThat(WaitBound.shown(Duration.ofMillis(99_001))).isEqualTo(seconds(100));
  }

  @Test
  void sleepersLeaveLessOfADeviceAndAServerThatEndsAsleepWakesByAStart() {
    DeviceRecord record =
        DeviceRecord.of(
            gpu(0),
            1,
            gib(80),
            List.of(sleeper("a", 2), sleeper("b", 3)),
            List.of(),
            Optional.empty());
    assertThat(WaitBound.capacity(record)).isEqualTo(gib(75));

    ModelSpec vllm = ModelSpec.builder("acme/a").build();
    Member member = Member.of(replica("a"), vllm, gib(40), List.of(record), Duration.ZERO);
    assertThat(member.devices()).containsExactly(gpu(0));
    assertThat(member.residue()).isEqualTo(gib(2));
    assertThat(member.drain()).isEqualTo(seconds(31));
    assertThat(member.sleep()).isEqualTo(seconds(60));
    assertThat(member.wake()).isEqualTo(seconds(120));
    ModelSpec llama =
        ModelSpec.builder("acme/a").runtime(RuntimeSpec.LlamaCpp.of("/m.gguf")).build();
    assertThat(Member.of(replica("a"), llama, gib(40), List.of(record), Duration.ZERO).wake())
        .isEqualTo(seconds(600));
  }

  private static Occupant sleeper(String name, long gib) {
    return new Occupant(
        replica(name),
        1,
        OccupantState.SLEEPING,
        Bytes.ZERO,
        gib(gib),
        gib(gib),
        false,
        seconds(10),
        Instant.EPOCH,
        Instant.EPOCH,
        true,
        Duration.ZERO);
  }

  @Test
  void aReplicaOutsideTheFleetIsAMistake() {
    Assertions.assertThatExceptionOfType(NoSuchElementException.class)
        .isThrownBy(() -> of("b", member("a", 10, 0)));
  }
}
