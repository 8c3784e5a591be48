package ai.greenthread.scheduling.policy;

import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.Victim;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The published rule and each of its corrections; the numbers are those of the decisions. */
class DocumentedPolicyTest {
  private final WakePolicy policy = new DocumentedPolicy();
  private double now = 60;
  private double since = 30;

  /** What the waiter {@code w}, waiting since second 30, hears at second 60. */
  private Verdict ask(long gib, List<DeviceRecord> devices) {
    var waiter = new Waiter(new Ticket(at(since), replica("w")), gib(gib), seconds(5));
    return policy.decide(devices, waiter, at(now));
  }

  private void assertWaits(Verdict verdict, double until, String reason) {
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Verdict.WaitUntil.class,
            wait -> {
              assertThat(wait.recheckAt()).isEqualTo(at(until));
              assertThat(wait.reason()).contains(reason);
            });
  }

  private static Verdict preempt(String... names) {
    var victims = new HashSet<Victim>();
    for (String name : names) {
      victims.add(new Victim(replica(name), 1));
    }
    return new Verdict.Preempt(Set.copyOf(victims));
  }

  @Test
  void whoFitsWakes() {
    assertThat(ask(80, new Snapshot(1).on(0))).isEqualTo(new Verdict.WakeNow());
    assertThat(ask(40, new Snapshot(1).serving("a", 40, 0, 0).on(0)))
        .isEqualTo(new Verdict.WakeNow());
  }

  @Test
  void untilItsWaitIsOverItForcesNobody() {
    now = 34.9;

    assertWaits(ask(60, new Snapshot(1).serving("a", 40, 0, 0).on(0)), 35, "idle model");
  }

  @Test
  void afterItsWaitTheLeastRecentlyUsedMakesRoom() {
    Snapshot devices = new Snapshot(1).serving("a", 40, 20, 0).serving("b", 40, 10, 0);

    assertThat(ask(40, devices.on(0))).isEqualTo(preempt("b"));
  }

  @Test
  void decision20NoVictimYetMeansWaitingForTheFirstThatMayLeave() {
    now = 36;
    Snapshot devices = new Snapshot(1).servingSince("a", 40, 29, 0).servingSince("b", 40, 28, 0);

    assertWaits(ask(80, devices.on(0)), 38, "b-0 has not served its minimum runtime");
  }

  @Test
  void decision20AVictimOldEnoughIsNotSpentWhileItsLeavingWouldNotSuffice() {
    now = 38.5;
    Snapshot devices = new Snapshot(1).servingSince("a", 40, 29, 0).servingSince("b", 40, 28, 0);

    assertWaits(ask(80, devices.on(0)), 39, "a-0 has not served its minimum runtime");
  }

  @Test
  void decision19And22WhoIsLeavingIsWaitedForAndNobodyElseHasToGo() {
    Snapshot devices =
        new Snapshot(1).in(OccupantState.DRAINING, "a", 40, 0, 0).serving("b", 40, 0, 0);

    assertWaits(ask(40, devices.on(0)), 61, "a-0 on the way to sleep");
  }

  @Test
  void whoWasAskedToLeaveIsWaitedForAndNotAskedTwice() {
    Snapshot devices =
        new Snapshot(1).serving("a", 40, 0, 0).serving("b", 40, 0, 0).asked("w", 30, 40, "a", 0);

    assertWaits(ask(40, devices.on(0)), 61, "a-0 on the way to sleep");
  }

  @Test
  void whoWasAskedStaysAskedWhenItTurnsOutThatMoreHaveToGo() {
    Snapshot devices =
        new Snapshot(1).serving("a", 40, 0, 0).serving("b", 40, 0, 0).asked("w", 30, 40, "a", 0);

    assertThat(ask(80, devices.on(0))).isEqualTo(preempt("a", "b"));
  }

  @Test
  void decision38APopularOneIsNeverAVictimAndWhatItLeavesIsSaidAtOnce() {
    Snapshot devices = new Snapshot(1).popular("star", 50, 0).serving("a", 30, 0, 0);

    assertThat(ask(30, devices.on(0))).isEqualTo(preempt("a"));
    assertThat(ask(31, devices.on(0)))
        .isInstanceOfSatisfying(
            Verdict.Never.class,
            never -> assertThat(never.reason()).contains("star-0").contains("leave only 30 GiB"));
  }

  @Test
  void decision25AFirstWakeOfAPopularModelMakesNobodyUnservable() {
    Snapshot devices =
        new Snapshot(1).popularIn(OccupantState.WAKING, "star", 80, 0).locked("star", 100, 0);

    assertWaits(ask(30, devices.on(0)), 61, "star-0 is waking");
  }

  @Test
  void whatIsLargerThanTheDeviceNeverFits() {
    assertThat(ask(81, new Snapshot(1).on(0)))
        .isInstanceOfSatisfying(
            Verdict.Never.class,
            never -> assertThat(never.reason()).contains("81 GiB").contains("80 GiB in all"));
  }

  @Test
  void decision40TheResidueOfSleepersCounts() {
    Snapshot devices = new Snapshot(1).asleep("a", 3, 0).asleep("b", 3, 0);

    assertThat(ask(74, devices.on(0))).isEqualTo(new Verdict.WakeNow());
    assertThat(ask(75, devices.on(0))).isInstanceOf(Verdict.Never.class);
  }

  @Test
  void decision40WhatAVictimLeavesBehindIsNotCountedAsRoom() {
    Snapshot devices =
        new Snapshot(1)
            .in(OccupantState.SERVING, "a", 40, 10, 0)
            .in(OccupantState.SERVING, "b", 40, 0, 0);

    assertThat(ask(40, devices.on(0))).isEqualTo(preempt("b"));
  }

  @Test
  void decision39TheLeastRecentlyUsedIsLetGoAgainWhenOthersSuffice() {
    Snapshot devices = new Snapshot(1).serving("small", 10, 1, 0).serving("big", 70, 2, 0);

    assertThat(ask(60, devices.on(0))).isEqualTo(preempt("big"));
  }

  @Test
  void aVictimOnSeveralDevicesIsOldEnoughWhenItIsOnAllOfThem() {
    now = 36;
    Snapshot devices =
        new Snapshot(2).servingSince("a", 80, 25.5, 0).servingSince("a", 80, 26.5, 1);

    assertWaits(ask(80, devices.on(0, 1)), 36.5, "a-0");
    now = 36.5;
    assertThat(ask(80, devices.on(0, 1))).isEqualTo(preempt("a"));
  }

  @Test
  void onlyThoseOnDevicesWithoutRoomHaveToGo() {
    Snapshot devices =
        new Snapshot(2).serving("a", 40, 0, 0).serving("b", 80, 5, 1).serving("c", 20, 0, 0);

    assertThat(ask(20, devices.on(0, 1))).isEqualTo(preempt("b"));
  }

  @Test
  void whoCameLaterWaitsThoughItCouldForce() {
    Snapshot devices = new Snapshot(1).serving("a", 80, 0, 0).waits("early", 29, 80, 0);

    assertWaits(ask(40, devices.on(0)), 61, "behind early-0");
  }

  @Test
  void whoCameLaterPassesWhereThatTakesNothingFromThoseAhead() {
    Snapshot devices = new Snapshot(2).serving("a", 80, 0, 1).waits("early", 29, 40, 0, 1);

    assertThat(ask(40, devices.on(0))).isEqualTo(new Verdict.WakeNow());
    assertWaits(ask(41, devices.on(0)), 61, "behind early-0");
  }

  @Test
  void whoCameLaterTakesNoLockBeforeOneThatIsReady() {
    Snapshot devices = new Snapshot(1).ready("early", 29, 40, 0);

    assertWaits(ask(40, devices.on(0)), 61, "behind early-0");
  }

  @Test
  void whoCameFirstIsNotHeldUpByThoseBehind() {
    Snapshot devices = new Snapshot(1).ready("late", 31, 40, 0).waits("later", 32, 40, 0);

    assertThat(ask(80, devices.on(0))).isEqualTo(new Verdict.WakeNow());
  }

  @Test
  void equalArrivalIsDecidedByName() {
    since = 29;
    Snapshot earlierName = new Snapshot(1).waits("v", 29, 80, 0);
    Snapshot laterName = new Snapshot(1).waits("x", 29, 80, 0);

    assertWaits(ask(40, earlierName.on(0)), 61, "behind v-0");
    assertThat(ask(40, laterName.on(0))).isEqualTo(new Verdict.WakeNow());
  }

  @Test
  void aWakeThatMayTakeLessThanItClaimedIsWaitedForBeforeAnybodyHasToGo() {
    Snapshot devices =
        new Snapshot(1)
            .in(OccupantState.WAKING, "boots", 40, 0, 0)
            .serving("a", 40, 0, 0)
            .locked("boots", 100, 0);

    assertWaits(ask(40, devices.on(0)), 61, "boots-0 is waking");
  }

  @Test
  void aWakeOnADeviceWithRoomHoldsUpNoVictimElsewhere() {
    Snapshot devices =
        new Snapshot(2)
            .in(OccupantState.WAKING, "boots", 20, 0, 0)
            .serving("a", 80, 0, 1)
            .locked("boots", 100, 0);

    assertThat(ask(40, devices.on(0, 1))).isEqualTo(preempt("a"));
  }

  @Test
  void anExpiredLockHoldsUpNobody() {
    Snapshot devices =
        new Snapshot(1)
            .in(OccupantState.WAKING, "stuck", 20, 0, 0)
            .serving("a", 60, 0, 0)
            .locked("stuck", 59, 0);

    assertThat(ask(60, devices.on(0))).isEqualTo(preempt("a"));
  }

  @Test
  void whenOnlyAWakeIsInTheWayItsEndIsWaitedFor() {
    Snapshot devices = new Snapshot(1).in(OccupantState.WAKING, "stuck", 60, 0, 0);

    assertWaits(ask(60, devices.on(0)), 61, "to finish");
  }
}
