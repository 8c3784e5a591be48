package ai.greenthread.scheduling.lifecycle;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.Fairness;
import ai.greenthread.scheduling.Samples;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.lifecycle.State.Cause;
import ai.greenthread.scheduling.lifecycle.State.Phase;
import ai.greenthread.scheduling.lifecycle.State.Purpose;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LifecycleTest {
  private final Walk replica = new Walk();

  @Test
  void eachTryToReconcileHasAGenerationSoThatALateAnswerStartsNothing() {
    replica.take(new Event.Start()).wants(Effect.Reconcile.class);
    replica.at(26).tick().wants(Effect.Reconcile.class);

    replica.take(new Event.Reconciled(1, 1_000, true));
    replica.is(State.Booting.class).wants();

    replica.take(new Event.Reconciled(2, 2_000, true)).is(State.Pending.class);
    assertThat(replica.generation()).isEqualTo(2_000);
  }

  @Test
  void aNewLifeHasAsLongToPutALiveServerToSleepAsAnySleepHas() {
    LifecycleSettings usual = Samples.settings();
    var slow =
        new Walk(
            new LifecycleSettings(
                usual.fairness(),
                usual.sleep(),
                usual.bootTimeout(),
                usual.wakeTimeout(),
                Samples.seconds(60),
                Samples.seconds(15),
                usual.touchPeriod()));
    slow.take(new Event.Start()).wants(Effect.Reconcile.class);
    slow.at(60).tick().wants();
    slow.at(60).tick().take(new Event.Reconciled(1, 1_000, true)).is(State.Pending.class);
  }

  @Test
  void beginningTwiceReconcilesOnce() {
    replica.take(new Event.Start()).take(new Event.Start()).wants();
  }

  @Test
  void aReplicaThatKnowsItsNeedsAndHasNothingToStartSleepsAfterItsFirstReconciliation() {
    replica.take(new Event.Start()).take(new Event.Reconciled(1, 100, false));

    assertThat(replica.as(State.Sleeping.class).cold()).isTrue();
  }

  @Test
  void aShutdownWhileBootingWaitsUntilTheLedgerKnowsOfNothingLeftBehind() {
    replica.take(new Event.Start()).take(new Event.ShutdownOrdered());
    replica.is(State.Booting.class).wants(Effect.RefuseParked.class);
    replica.load(0, 1).take(new Event.Demand()).wants(Effect.RefuseParked.class);

    replica.take(new Event.Reconciled(1, 100, true));

    replica.is(State.Deactivating.class).wants(Effect.RefuseParked.class, Effect.Stop.class);
    assertThat(replica.generation()).isGreaterThan(100);
  }

  @Test
  void aFirstWakeGoesBackToSleepWhenNobodyWaits() {
    replica
        .take(new Event.Start())
        .take(new Event.Reconciled(1, 100, true))
        .take(new Event.Claimed(100, false))
        .take(new Event.WakeVerified(100));

    replica.is(State.Deactivating.class).wants(Effect.MarkDraining.class, Effect.Sleep.class);
    assertThat(replica.state().label()).isEqualTo("deactivating");
  }

  @Test
  void aFirstWakeServesWhenSomebodyWaits() {
    replica
        .take(new Event.Start())
        .take(new Event.Reconciled(1, 100, true))
        .take(new Event.Claimed(100, false));
    assertThat(replica.state().label()).isEqualTo("booting");

    replica.load(0, 1).take(new Event.WakeVerified(100));

    replica.is(State.Serving.class).wants(Effect.OpenGate.class);
  }

  @Test
  void aRequestWakesASleeper() {
    replica.asleep().load(0, 1).take(new Event.Demand());

    assertThat(replica.as(State.Pending.class).purpose()).isEqualTo(Purpose.DEMAND);
    replica.wants(Effect.Acquire.class);
  }

  @Test
  void aWaiterThatNobodyWaitsForGivesUpAtOnce() {
    replica.asleep().load(0, 1).take(new Event.Demand());
    long waiting = replica.generation();

    replica.load(0, 0).take(new Event.Departure());

    replica.is(State.Releasing.class).wants(Effect.Withdraw.class);
    assertThat(replica.generation()).isEqualTo(waiting + 1);
    replica.take(new Event.Claimed(waiting, false)).is(State.Releasing.class).wants();
  }

  @Test
  void aServerThatDiedWhileItsReplicaWaitedInVainIsEndedAndItsResidueGivenBack() {
    replica.asleep().load(0, 1).take(new Event.Demand()).take(new Event.RuntimeDied("killed"));

    replica.load(0, 0).take(new Event.Departure());
    assertThat(replica.as(State.Deactivating.class).phase()).isEqualTo(Phase.STOPPING);
    replica.take(new Event.StopVerified(replica.generation(), Map.of()));
    replica.wants(Effect.Release.class).take(new Event.Released(replica.generation()));

    assertThat(replica.as(State.Sleeping.class).cold()).isTrue();
  }

  @Test
  void anOperatorsWishKeepsAWaiterWaitingThoughItsRequestsHaveGone() {
    replica.asleep().load(0, 1).take(new Event.Demand()).take(new Event.WakeOrdered());

    replica.load(0, 0).take(new Event.Departure());

    assertThat(replica.as(State.Pending.class).purpose()).isEqualTo(Purpose.MANUAL);
  }

  @Test
  void anOperatorsWishTurnsAFirstWakeIntoOneThatStays() {
    replica
        .take(new Event.Start())
        .take(new Event.Reconciled(1, 100, true))
        .take(new Event.Claimed(100, false))
        .take(new Event.WakeOrdered())
        .take(new Event.WakeVerified(100));

    replica.is(State.Serving.class);
  }

  @Test
  void aServerThatDiesWhileItsReplicaWaitsIsStartedWithTheTimeOfAStart() {
    replica.asleep().load(0, 1).at(10).take(new Event.Demand());
    replica.take(new Event.RuntimeDied("killed")).is(State.Pending.class);

    replica.take(new Event.Claimed(replica.generation(), false));

    assertThat(replica.as(State.Waking.class).deadline()).isEqualTo(at(110));
  }

  @Test
  void aServerThatDiesWhileTheLedgerIsToldIsEndedAndItsResidueGivenBack() {
    replica.served().take(new Event.SleepOrdered()).take(new Event.Drained());
    replica.take(new Event.SleepVerified(replica.generation(), Walk.RESIDUE, false));
    replica.is(State.Releasing.class).take(new Event.RuntimeDied("killed"));

    assertThat(replica.as(State.Deactivating.class).phase()).isEqualTo(Phase.STOPPING);
    replica.take(new Event.StopVerified(replica.generation(), Map.of()));
    replica.take(new Event.Released(replica.generation()));
    assertThat(replica.as(State.Sleeping.class).cold()).isTrue();
  }

  @Test
  void aLedgerThatMovedWhileAskedIsAskedAgain() {
    replica.asleep().load(0, 1).take(new Event.Demand());

    replica.take(new Event.LedgerMoved()).wants();
    replica.take(new Event.MustWait(replica.generation(), at(60), "behind a"));

    replica.is(State.Pending.class).wants(Effect.Acquire.class);
    assertThat(replica.as(State.Pending.class).reason()).isEqualTo("behind a");
  }

  @Test
  void aQuestionThatGetsNoAnswerIsPutAgain() {
    replica.asleep().load(0, 1).take(new Event.Demand());

    assertThat(replica.lifecycle().nextTick(replica.state(), replica.currentLoad()))
        .contains(at(10));
    replica.at(9).tick().wants();
    replica.at(10).tick().wants(Effect.Acquire.class);
  }

  @Test
  void anAnswerOfThePastIsNotAskedAgainWithoutEnd() {
    replica.asleep().load(0, 1).take(new Event.Demand());
    replica.take(new Event.MustWait(replica.generation(), at(-5), "?"));

    assertThat(replica.lifecycle().nextTick(replica.state(), replica.currentLoad()))
        .hasValueSatisfying(due -> assertThat(due).isAfter(T0));
  }

  @Test
  void aWaiterWhoseServerCannotStartFailsWithoutAWake() {
    replica.asleep().load(0, 1).take(new Event.Demand());

    replica.take(new Event.WakeFailed(replica.generation(), "no such program"));
    replica.wants(Effect.Stop.class);
    replica.take(new Event.StopVerified(replica.generation(), Map.of()));
    replica.take(new Event.Released(replica.generation()));

    assertThat(replica.as(State.Failed.class).reason()).isEqualTo("no such program");
  }

  @Test
  void whoNeverFitsIsToldSo() {
    replica.asleep().load(0, 1).take(new Event.Demand());

    replica.take(new Event.NeverFits(replica.generation(), "needs 90 GiB"));

    replica.wants(Effect.RefuseParked.class, Effect.Withdraw.class);
    assertThat(refusal().cause()).isEqualTo(Refusal.Cause.NEVER_FITS);
    assertThat(refusal().message()).contains("needs 90 GiB");
  }

  private Refusal refusal() {
    return ((Effect.RefuseParked) replica.effects().getFirst()).refusal();
  }

  @Test
  void afterTheSecondFailedWakeThoseWhoWaitAreTold() {
    replica.asleep().load(0, 1).take(new Event.Demand());
    failWake();
    replica.is(State.Failed.class).wants();

    replica.at(1).tick().is(State.Pending.class);
    failWake();

    replica.is(State.Failed.class).wants(Effect.RefuseParked.class);
    assertThat(refusal().cause()).isEqualTo(Refusal.Cause.WAKE_FAILED);
    assertThat(replica.as(State.Failed.class).retryAt()).isEqualTo(at(3));
  }

  private void failWake() {
    replica.take(new Event.Claimed(replica.generation(), false));
    replica.take(new Event.WakeFailed(replica.generation(), "no")).wants(Effect.Stop.class);
    replica.take(new Event.StopVerified(replica.generation(), Map.of()));
    replica.take(new Event.Released(replica.generation()));
  }

  @Test
  void theWaitAfterFailuresDoublesUpToItsLimit() {
    assertThat(LifecycleSettings.backoff(1)).isEqualTo(seconds(1));
    assertThat(LifecycleSettings.backoff(4)).isEqualTo(seconds(8));
    assertThat(LifecycleSettings.backoff(99)).isEqualTo(LifecycleSettings.MAX_BACKOFF);
  }

  @Test
  void aVictimDrainsAndIsNeverResurrectedByThoseWhoCome() {
    replica.served().load(1, 0).take(new Event.VictimNamed(101, "b-0"));
    replica.wants(Effect.MarkDraining.class, Effect.CloseGate.class);

    replica.load(1, 1).take(new Event.Demand()).is(State.Deactivating.class).wants();
    replica.take(new Event.Drained()).wants();
    replica.load(0, 1).take(new Event.Drained()).wants(Effect.Sleep.class);
    replica.take(new Event.Demand()).wants();
    replica.take(new Event.SleepVerified(replica.generation(), Walk.RESIDUE, false));
    replica.wants(Effect.Release.class);
    replica.take(new Event.Released(replica.generation()));

    replica.is(State.Pending.class).wants(Effect.Acquire.class);
  }

  @Test
  void aCallToAnEarlierServingPeriodIsNotHeard() {
    replica.served().take(new Event.VictimNamed(99, "b-0")).is(State.Serving.class).wants();
  }

  @Test
  void aPopularReplicaLeavesForNobodyAndNeverForIdleness() {
    var star = new Walk(new Fairness(seconds(10), seconds(5), true));

    star.served().take(new Event.VictimNamed(101, "b-0")).is(State.Serving.class);
    star.at(100_000).tick().is(State.Serving.class);
  }

  @Test
  void whoeverTheLedgerHasLostStopsServingBecauseItsMemoryIsGivenToOthers() {
    var star = new Walk(new Fairness(seconds(10), seconds(5), true));

    star.served().load(1, 0).take(new Event.EntryLost());

    star.is(State.Deactivating.class).wants(Effect.MarkDraining.class, Effect.CloseGate.class);
  }

  @Test
  void aSleeperThatTheLedgerHasLostEntersItAgain() {
    replica.asleep().take(new Event.EntryLost()).is(State.Sleeping.class);

    replica.wants(Effect.EnterAgain.class);
  }

  @Test
  void whatIsLeftAtTheDrainDeadlineIsCutAndGetsAMomentToGo() {
    replica.served().load(1, 0).take(new Event.VictimNamed(101, "b-0"));

    replica.at(29.9).tick().wants();
    replica.at(30).tick().wants(Effect.CutInFlight.class);
    replica.at(30.9).tick().wants();
    replica.at(31).tick().wants(Effect.Sleep.class);
  }

  @Test
  void whenTheServerDiesItsStreamsAreCutAtOnce() {
    replica.served().load(1, 0).take(new Event.RuntimeDied("killed"));

    replica.wants(Effect.CloseGate.class, Effect.CutInFlight.class, Effect.Stop.class);
  }

  @Test
  void aSleepThatCannotBeProvedIsMendedByEndingTheServer() {
    replica.served().take(new Event.SleepOrdered()).take(new Event.Drained());
    long sleeping = replica.generation();

    replica.take(new Event.SleepFailed(sleeping, "30 GiB still in use")).wants(Effect.Stop.class);
    assertThat(replica.as(State.Deactivating.class).cause()).isEqualTo(Cause.FAILURE);

    replica.take(new Event.SleepVerified(sleeping, Walk.RESIDUE, false)).wants();
  }

  @Test
  void memoryStaysClaimedUntilTheEndOfTheServerIsProved() {
    replica.served().take(new Event.RuntimeDied("killed"));
    replica.take(new Event.StopFailed(replica.generation(), "still there")).wants();

    replica.at(1).tick().wants(Effect.Stop.class);
    replica
        .take(new Event.StopVerified(replica.generation(), Map.of()))
        .wants(Effect.Release.class);
  }

  @Test
  void aLedgerThatDoesNotAnswerIsToldAgain() {
    replica.served().take(new Event.SleepOrdered()).take(new Event.Drained());
    replica.take(new Event.SleepVerified(replica.generation(), Walk.RESIDUE, false));

    replica.take(new Event.ReleaseFailed(replica.generation(), "away")).wants();
    replica.at(1).tick().wants(Effect.Release.class);
    replica.at(11).tick().wants(Effect.Release.class);
  }

  @Test
  void idlenessCountsFromTheLastRequestAndNeverEndsAPeriodBeforeItsMinimumRuntime() {
    var quick = new Walk(new Fairness(seconds(100), seconds(5), false));
    quick.served();

    quick.at(70).tick().is(State.Serving.class);
    quick.at(99.5).tick().is(State.Serving.class).wants();
    assertThat(quick.lifecycle().nextTick(quick.state(), quick.currentLoad())).contains(at(100));
    quick.at(100).tick().is(State.Deactivating.class);

    replica.served().at(30).load(1, 0).load(0, 0);
    assertThat(replica.lifecycle().nextTick(replica.state(), replica.currentLoad()))
        .contains(at(1));
    replica.at(60).tick().is(State.Serving.class).wants(Effect.Touch.class);
    replica.at(90).tick().is(State.Deactivating.class);
  }

  @Test
  void whoeverIsAwaitedTellsAtOnceAndOnceThatNobodyUsesIt() {
    replica.served().load(1, 0).awaited(true);
    replica.at(0.1).take(new Event.LedgerMoved()).is(State.Serving.class).wants();
    replica.load(0, 0).at(0.2).take(new Event.Unused()).wants(Effect.Touch.class);
    assertThat(replica.effects()).contains(new Effect.Touch(101, T0, true));
    replica.at(0.3).take(new Event.Unused()).wants();
    replica.at(0.4).take(new Event.LedgerMoved()).wants();
  }

  @Test
  void whatIsUsedAgainIsToldAtTheNextLook() {
    replica.served().awaited(true).at(0.2).take(new Event.LedgerMoved()).wants(Effect.Touch.class);
    replica.at(1.2).load(1, 0).tick().wants(Effect.Touch.class);
    assertThat(replica.effects()).contains(new Effect.Touch(101, at(1.2), false));
  }

  @Test
  void whileSomebodyWaitsTheIdleSayItAgainAsWhatWasSaidMayBeLost() {
    LifecycleSettings usual = Samples.settings();
    var seldom =
        new Walk(
            new LifecycleSettings(
                usual.fairness(),
                usual.sleep(),
                usual.bootTimeout(),
                usual.wakeTimeout(),
                usual.sleepTimeout(),
                usual.stopTimeout(),
                seconds(5)));
    seldom.served().awaited(true).at(0.25).take(new Event.LedgerMoved()).wants(Effect.Touch.class);
    for (double second : new double[] {0.5, 0.75}) {
      assertThat(seldom.lifecycle().nextTick(seldom.state(), seldom.currentLoad()))
          .contains(at(second));
      seldom.at(second).tick().wants(Effect.Touch.class);
      assertThat(seldom.effects()).contains(new Effect.Touch(101, T0, true));
    }
    seldom.at(1).load(1, 0).tick().wants(Effect.Touch.class);
    assertThat(seldom.effects()).contains(new Effect.Touch(101, at(1), false));
    assertThat(seldom.lifecycle().nextTick(seldom.state(), seldom.currentLoad()))
        .as("one in use says so as seldom as ever")
        .contains(at(6));
  }

  @Test
  void whoeverWakesForRequestsStandsInLineSinceTheFirstOfThemWaits() {
    replica.asleep().at(200).parkedSince(190).load(0, 1).take(new Event.Demand());
    assertThat(replica.effects())
        .singleElement()
        .isInstanceOfSatisfying(
            Effect.Acquire.class, acquire -> assertThat(acquire.since()).isEqualTo(at(190)));
  }

  @Test
  void useIsReportedThoughEveryLookFindsTheServerBetweenTwoRequests() {
    for (Walk serving : List.of(replica, new Walk(new Fairness(seconds(1), seconds(5), true)))) {
      serving.served().at(1).tick().wants(Effect.Touch.class).tick().wants();
      for (int second = 2; second < 30; second++) {
        serving.at(second - 0.5).load(1, 0).load(0, 0);
        assertThat(serving.lifecycle().nextTick(serving.state(), serving.currentLoad()))
            .contains(at(second));
        serving.at(second).tick().wants(Effect.Touch.class);
      }
    }
  }

  @Test
  void whoComesWhileItGoesDownIsToldSoAtOnce() {
    replica.served().load(1, 0).take(new Event.ShutdownOrdered());
    replica.load(1, 1).take(new Event.Demand()).wants(Effect.RefuseParked.class);
    assertThat(refusal().cause()).isEqualTo(Refusal.Cause.SHUTTING_DOWN);

    replica
        .load(0, 0)
        .take(new Event.Drained())
        .wants(Effect.RefuseParked.class, Effect.Stop.class);
    replica.take(new Event.StopVerified(replica.generation(), Map.of()));
    replica.load(0, 1).take(new Event.Demand()).wants(Effect.RefuseParked.class);
    replica.take(new Event.Released(replica.generation()));
    replica.is(State.Stopped.class).take(new Event.Demand()).wants(Effect.RefuseParked.class);
  }

  @Test
  void aShutdownEndsASleepingServerToo() {
    replica.asleep().take(new Event.ShutdownOrdered());

    replica.wants(Effect.RefuseParked.class, Effect.Stop.class);
  }

  @Test
  void anAnswerOfAnotherGenerationChangesNothingInAnyState() {
    for (Walk each : Walks.inEveryState()) {
      long now = each.generation();
      for (Event.Reply reply : Walks.replies(now - 1)) {
        assertUnmoved(each, reply);
      }
      for (Event.Reply reply : Walks.replies(now + 1)) {
        assertUnmoved(each, reply);
      }
    }
  }

  private static void assertUnmoved(Walk walk, Event.Reply reply) {
    State before = walk.state();
    walk.take(reply);
    assertThat(walk.state()).isSameAs(before);
    assertThat(walk.effects()).isEmpty();
  }
}
