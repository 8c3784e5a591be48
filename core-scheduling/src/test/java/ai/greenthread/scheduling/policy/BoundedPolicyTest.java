package ai.greenthread.scheduling.policy;

import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.Victim;
import org.junit.jupiter.api.Test;

class BoundedPolicyTest {
  private final WakePolicy policy = new BoundedPolicy();

  /** Waits since 20 s and forces after 5 s of waiting. */
  private static Waiter waiter(String name, double since, long gib) {
    return new Waiter(new Ticket(at(since), replica(name)), gib(gib), seconds(5));
  }

  private Verdict verdict(Snapshot snapshot, Waiter waiter, double now, int... devices) {
    return policy.decide(snapshot.on(devices), waiter, at(now));
  }

  private static Verdict asks(String... names) {
    return new Verdict.Preempt(
        java.util.Arrays.stream(names)
            .map(name -> new Victim(replica(name), 1))
            .collect(java.util.stream.Collectors.toSet()));
  }

  @Test
  void whoFitsWakes() {
    var snapshot = new Snapshot(1).serving("a", 40, 0, 0);
    assertThat(verdict(snapshot, waiter("w", 20, 40), 20, 0)).isEqualTo(new Verdict.WakeNow());
  }

  @Test
  void whatCanNeverFitIsSaidAtOnce() {
    var snapshot = new Snapshot(1).popular("a", 60, 0);
    assertThat(verdict(snapshot, waiter("w", 20, 40), 20, 0)).isInstanceOf(Verdict.Never.class);
  }

  @Test
  void anIdleModelPastItsMinimumRuntimeLeavesAtOnce() {
    var snapshot = new Snapshot(1).idle(true).serving("a", 60, 19, 0);
    assertThat(verdict(snapshot, waiter("w", 20, 40), 20, 0)).isEqualTo(asks("a"));
  }

  @Test
  void theMinimumRuntimeHoldsForTheIdleToo() {
    var snapshot = new Snapshot(1).idle(true).servingSince("a", 60, 15, 0);
    assertThat(verdict(snapshot, waiter("w", 20, 40), 24.9, 0))
        .isEqualTo(
            new Verdict.WaitUntil(
                at(25),
                "a-0 may be put to sleep at "
                    + at(25)
                    + ": it has its minimum runtime until then"));
    assertThat(verdict(snapshot, waiter("w", 20, 40), 25, 0)).isEqualTo(asks("a"));
  }

  @Test
  void oneInUseLeavesWhenTheWaiterHasWaitedLongEnough() {
    var snapshot = new Snapshot(1).serving("a", 60, 19, 0);
    assertThat(verdict(snapshot, waiter("w", 20, 40), 24.9, 0))
        .isEqualTo(
            new Verdict.WaitUntil(
                at(25),
                "a-0 may be put to sleep at "
                    + at(25)
                    + ": it is in use, and this has waited for its maxWaitTime then"));
    assertThat(verdict(snapshot, waiter("w", 20, 40), 25, 0)).isEqualTo(asks("a"));
  }

  @Test
  void oneInUseHasATurnThatIsWorthItsSwitch() {
    var snapshot = new Snapshot(1).switchCost(2).servingSince("a", 60, 20, 0);
    assertThat(verdict(snapshot, waiter("w", 20, 40), 33, 0))
        .isEqualTo(
            new Verdict.WaitUntil(
                at(34),
                "a-0 may be put to sleep at "
                    + at(34)
                    + ": it is in use and has its turn until then"));
    assertThat(verdict(snapshot, waiter("w", 20, 40), 34, 0)).isEqualTo(asks("a"));
  }

  @Test
  void aTurnIsNeverLongerThanItsLimit() {
    var snapshot = new Snapshot(1).switchCost(60).servingSince("a", 60, 20, 0);
    double end = 20 + BoundedPolicy.LONGEST_TURN.toSeconds();
    assertThat(verdict(snapshot, waiter("w", 20, 40), end - 0.1, 0))
        .isInstanceOf(Verdict.WaitUntil.class);
    assertThat(verdict(snapshot, waiter("w", 20, 40), end, 0)).isEqualTo(asks("a"));
  }

  @Test
  void theLongestIdleGoesBeforeOthersAndBeforeAnyoneInUse() {
    var snapshot =
        new Snapshot(1)
            .serving("inUse", 25, 1, 0)
            .idle(true)
            .serving("idleLater", 25, 12, 0)
            .serving("idleLonger", 25, 11, 0);
    assertThat(verdict(snapshot, waiter("w", 10, 25), 40, 0)).isEqualTo(asks("idleLonger"));
  }

  @Test
  void ofThoseInUseWhoeverHasServedLongestHasHadItsTurn() {
    var snapshot = new Snapshot(1).servingSince("b", 35, 3, 0).servingSince("a", 35, 4, 0);
    assertThat(verdict(snapshot, waiter("w", 10, 35), 40, 0)).isEqualTo(asks("b"));
  }

  @Test
  void oneThatCostsLessThanSeveralIsPreferred() {
    var snapshot =
        new Snapshot(1)
            .idle(true)
            .switchCost(1)
            .serving("small", 20, 1, 0)
            .serving("tiny", 20, 2, 0)
            .switchCost(1.5)
            .serving("big", 40, 3, 0);
    assertThat(verdict(snapshot, waiter("w", 10, 40), 40, 0)).isEqualTo(asks("big"));
  }

  @Test
  void whatIsNotKnownToCostLessIsNotPreferred() {
    var snapshot =
        new Snapshot(1)
            .idle(true)
            .switchCost(1)
            .serving("a", 20, 1, 0)
            .serving("b", 20, 2, 0)
            .switchCost(0)
            .serving("c", 40, 3, 0);
    assertThat(verdict(snapshot, waiter("w", 20, 40), 20, 0)).isEqualTo(asks("a", "b"));
  }

  @Test
  void twoIdleOnesGoRatherThanOneInUse() {
    var snapshot =
        new Snapshot(1)
            .switchCost(0.1)
            .serving("big", 40, 3, 0)
            .idle(true)
            .switchCost(1)
            .serving("small", 20, 1, 0)
            .serving("tiny", 20, 2, 0);
    assertThat(verdict(snapshot, waiter("w", 10, 40), 40, 0)).isEqualTo(asks("small", "tiny"));
  }

  @Test
  void nobodyIsAskedInVain() {
    var snapshot = new Snapshot(1).idle(true).serving("a", 20, 1, 0).servingSince("b", 50, 39, 0);
    assertThat(verdict(snapshot, waiter("w", 10, 70), 40, 0)).isInstanceOf(Verdict.WaitUntil.class);
  }

  @Test
  void aLaterWaiterMakesRoomForItselfBesideThoseAhead() {
    var snapshot =
        new Snapshot(1)
            .idle(true)
            .serving("a", 40, 1, 0)
            .serving("b", 40, 2, 0)
            .asked("first", 20, 40, "a", 0);
    assertThat(verdict(snapshot, waiter("second", 21, 40), 22, 0)).isEqualTo(asks("b"));
  }

  @Test
  void aLaterWaiterTakesNothingThatThoseAheadCountOn() {
    var snapshot =
        new Snapshot(1).in(OccupantState.DRAINING, "a", 40, 0, 0).waits("first", 20, 60, 0);
    assertThat(verdict(snapshot, waiter("second", 21, 30), 22, 0))
        .isInstanceOf(Verdict.WaitUntil.class);
    assertThat(verdict(snapshot, waiter("second", 21, 20), 22, 0))
        .isInstanceOf(Verdict.WaitUntil.class);
  }

  @Test
  void whoeverFitsBesideAllAheadPasses() {
    var snapshot = new Snapshot(2).serving("a", 70, 21, 1).waits("first", 20, 40, 0, 1);
    assertThat(verdict(snapshot, waiter("second", 21, 40), 22, 0)).isEqualTo(new Verdict.WakeNow());
    assertThat(verdict(snapshot, waiter("second", 21, 41), 22, 0))
        .isInstanceOf(Verdict.WaitUntil.class);
  }

  @Test
  void whatOneAheadKeepsAsleepIsPartOfWhatItWillTake() {
    var snapshot =
        new Snapshot(2)
            .asleep("first", 2, 0, 1)
            .serving("a", 70, 21, 1)
            .serving("b", 4, 21, 0)
            .waits("first", 20, 40, 0, 1);
    assertThat(verdict(snapshot, waiter("w", 21, 36), 22, 0)).isEqualTo(new Verdict.WakeNow());
    assertThat(verdict(snapshot, waiter("w", 21, 37), 22, 0))
        .isNotInstanceOf(Verdict.WakeNow.class);
  }

  @Test
  void nobodyPassesOneThatIsAboutToWake() {
    var snapshot = new Snapshot(1).ready("first", 20, 40, 0);
    assertThat(verdict(snapshot, waiter("second", 21, 30), 22, 0))
        .isInstanceOf(Verdict.WaitUntil.class);
  }
}
