package ai.greenthread.scheduling.ledger;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.ledger.Entry.claim;
import static ai.greenthread.scheduling.ledger.Entry.confirm;
import static ai.greenthread.scheduling.ledger.Entry.drain;
import static ai.greenthread.scheduling.ledger.Entry.enlist;
import static ai.greenthread.scheduling.ledger.Entry.enrol;
import static ai.greenthread.scheduling.ledger.Entry.lock;
import static ai.greenthread.scheduling.ledger.Entry.name;
import static ai.greenthread.scheduling.ledger.Entry.release;
import static ai.greenthread.scheduling.ledger.Entry.touch;
import static ai.greenthread.scheduling.ledger.LedgerRules.Refusal.FENCED;
import static ai.greenthread.scheduling.ledger.LedgerRules.Refusal.LOCKED;
import static ai.greenthread.scheduling.ledger.LedgerRules.Refusal.NOT_A_VICTIM;
import static ai.greenthread.scheduling.ledger.LedgerRules.Refusal.NOT_LOCKED;
import static ai.greenthread.scheduling.ledger.LedgerRules.Refusal.NO_ROOM;
import static ai.greenthread.scheduling.ledger.LedgerRules.Refusal.WRONG_STATE;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LedgerRulesTest {
  private final Entry device = new Entry();

  @Test
  void aReplicaEntersAsASleeperThatHoldsNothing() {
    device.enrolled("a");

    assertThat(device.occupant("a").state()).isEqualTo(OccupantState.SLEEPING);
    assertThat(device.record().charged()).isEqualTo(gib(0));
  }

  @Test
  void aNewLifeEndsAllThatTheEarlierOneHeld() {
    device.enrolled("a").serving("a", 2, 40).allows(enrol("a", 3, true));

    assertThat(device.record().charged()).isEqualTo(gib(0));
    assertThat(device.occupant("a").popular()).isTrue();
  }

  @Test
  void aNewLifeLeavesTheQueueAndTheLockOfTheEarlierOne() {
    device.enrolled("a").allows(enlist("a", 2, T0, 10)).allows(lock("a", 2, 100));

    device.allows(enrol("a", 3, false));

    assertThat(device.record().intents()).isEmpty();
    assertThat(device.record().lock()).isEmpty();
  }

  @Test
  void ofTwoLivesThatBeginWithOneGenerationOnlyOneEnters() {
    device.enrolled("a").refuses(enrol("a", 1, false), FENCED);
  }

  @Test
  void everyChangeOfAnOlderGenerationIsRefused() {
    device.enrolled("a").serving("a", 5, 40);

    List<LedgerChange> late =
        List.of(
            enrol("a", 4, false),
            enlist("a", 4, T0, 10),
            lock("a", 4, 100),
            claim("a", 4, 10),
            confirm("a", 4, 10),
            drain("a", 4),
            release("a", 4, 0),
            touch("a", 4, at(3), 10),
            new LedgerChange.Forget(replica("a"), 4));

    late.forEach(change -> device.refuses(change, FENCED));
    assertThat(device.occupant("a").state()).isEqualTo(OccupantState.SERVING);
  }

  @Test
  void waitersStandInOrderOfArrivalAndKeepTheirPlace() {
    device.enrolled("a").enrolled("b").enrolled("c");
    device.allows(enlist("b", 1, at(1), 10)).allows(enlist("a", 1, at(2), 10));
    device.allows(enlist("c", 1, at(1), 10)).allows(enlist("b", 1, at(1), 20));

    assertThat(device.record().intents())
        .extracting(intent -> intent.ticket().replica().model().name())
        .containsExactly("b", "c", "a");
    assertThat(device.record().intents().getFirst().need()).isEqualTo(gib(20));
  }

  @Test
  void queueingAgainUnchangedWritesNothing() {
    device.enrolled("a").allows(enlist("a", 1, T0, 10)).changesNothing(enlist("a", 1, T0, 10));
  }

  @Test
  void whoServesOrDrainsOrIsUnknownDoesNotQueue() {
    device.refuses(enlist("a", 1, T0, 10), WRONG_STATE);
    device.enrolled("a").serving("a", 2, 40).refuses(enlist("a", 2, T0, 10), WRONG_STATE);
    device.allows(drain("a", 3)).refuses(enlist("a", 3, T0, 10), WRONG_STATE);
  }

  @Test
  void aConversionHoldsItsReservationAndIsNeverAVictim() {
    device.enrolled("a").converting("c", 1, 50).allows(enlist("a", 2, T0, 40));

    assertThat(device.record().availableTo(replica("a"))).isEqualTo(gib(30));
    assertThat(device.occupant("c").reclaimable()).isEqualTo(gib(0));
    device.at(at(100)).refuses(name("a", 2, "c", 1), NOT_A_VICTIM);
    device.refuses(enlist("c", 2, T0, 1), WRONG_STATE).refuses(lock("c", 2, 100), WRONG_STATE);
    device.refuses(drain("c", 2), WRONG_STATE);
    device.allows(lock("a", 2, 200)).refuses(claim("a", 2, 40), NO_ROOM);
    device.allows(new LedgerChange.Forget(replica("c"), 1)).allows(claim("a", 2, 40));
  }

  @Test
  void queueingLetsGoOfLockAndClaim() {
    device.enrolled("a").allows(lock("a", 2, 100)).allows(claim("a", 2, 40));

    device.allows(enlist("a", 2, T0, 40));

    assertThat(device.record().lock()).isEmpty();
    assertThat(device.occupant("a").state()).isEqualTo(OccupantState.SLEEPING);
    assertThat(device.record().charged()).isEqualTo(gib(0));
    assertThat(device.record().intent(replica("a"))).isPresent();
  }

  @Test
  void aVictimMustServeThatWakeBeOldEnoughAndNotPopular() {
    device.enrolled("w").enrolled("old").enrolled("sleeper").allows(enrol("star", 1, true));
    device.serving("old", 2, 10).serving("star", 2, 10).allows(enlist("w", 1, T0, 60));

    device.at(at(9.9)).refuses(name("w", 1, "old", 2), NOT_A_VICTIM);
    device.at(at(10)).refuses(name("w", 1, "old", 1), NOT_A_VICTIM);
    device.refuses(name("w", 1, "star", 2), NOT_A_VICTIM);
    device.refuses(name("w", 1, "sleeper", 1), NOT_A_VICTIM);
    device.refuses(name("w", 1, "w", 1), NOT_A_VICTIM);
    device.refuses(name("w", 1, "nobody", 1), NOT_A_VICTIM);
    device.allows(name("w", 1, "old", 2)).changesNothing(name("w", 1, "old", 2));
  }

  @Test
  void onlyWhoWaitsMayNameVictims() {
    device.enrolled("w").enrolled("old").serving("old", 2, 10);

    device.at(at(60)).refuses(name("w", 1, "old", 2), WRONG_STATE);
  }

  @Test
  void aVictimOnceNamedStaysNamedWhenItHasBegunToLeave() {
    device.enrolled("w").enrolled("old").serving("old", 2, 10).allows(enlist("w", 1, T0, 80));
    device.at(at(60)).allows(name("w", 1, "old", 2)).allows(drain("old", 3));

    device.changesNothing(name("w", 1, "old", 2));
  }

  @Test
  void aHeldLockIsNobodyElses() {
    device.enrolled("a").enrolled("b").allows(lock("a", 1, 10));

    device.at(at(9.9)).refuses(lock("b", 1, 20), LOCKED);
    device.at(at(10)).allows(lock("b", 1, 20));
    assertThat(device.record().lock()).map(WakeLock::holder).contains(replica("b"));
  }

  @Test
  void whoServesTakesNoLock() {
    device.enrolled("a").serving("a", 2, 40).refuses(lock("a", 2, 100), WRONG_STATE);
    device.refuses(lock("stranger", 1, 100), WRONG_STATE);
  }

  @Test
  void aClaimNeedsTheLockOfItsOwnGeneration() {
    device.enrolled("a").enrolled("b").refuses(claim("a", 1, 10), NOT_LOCKED);
    device.allows(lock("a", 2, 10)).refuses(claim("a", 3, 10), NOT_LOCKED);
    device.refuses(claim("b", 2, 10), NOT_LOCKED);
    device.at(at(10)).refuses(claim("a", 2, 10), NOT_LOCKED);
  }

  @Test
  void aClaimEndsTheWaitingAndTakesTheMemory() {
    device.enrolled("a").allows(enlist("a", 2, T0, 40)).allows(lock("a", 2, 100));

    device.allows(claim("a", 2, 40));

    assertThat(device.record().intents()).isEmpty();
    assertThat(device.record().charged()).isEqualTo(gib(40));
    device.changesNothing(claim("a", 2, 40));
  }

  @Test
  void noClaimGoesOverCapacityResiduesOfSleepersIncluded() {
    device.enrolled("a").enrolled("b").serving("a", 2, 40).allows(release("a", 3, 5));
    device.allows(lock("b", 2, 100)).refuses(claim("b", 2, 76), NO_ROOM).allows(claim("b", 2, 75));
  }

  @Test
  void theOwnResidueDoesNotStandInTheWayOfAClaim() {
    device.enrolled("a").serving("a", 2, 40).allows(release("a", 3, 5));

    device.allows(lock("a", 4, 100)).allows(claim("a", 4, 80));
    assertThat(device.record().charged()).isEqualTo(gib(80));
  }

  @Test
  void onlyASleeperClaims() {
    device.enrolled("a").serving("a", 2, 40);
    device.refuses(claim("stranger", 2, 1), NOT_LOCKED);

    device.allows(drain("a", 3)).refuses(lock("a", 3, 100), WRONG_STATE);
  }

  @Test
  void aConfirmedWakeGivesTheLockBackAndStartsItsMinimumRuntime() {
    device.enrolled("a").allows(lock("a", 2, 100)).allows(claim("a", 2, 40));

    device.at(at(7)).allows(confirm("a", 2, 30));

    assertThat(device.record().lock()).isEmpty();
    assertThat(device.occupant("a").becameServingAt()).isEqualTo(at(7));
    assertThat(device.occupant("a").charge()).isEqualTo(gib(30));
    device.changesNothing(confirm("a", 2, 30));
  }

  @Test
  void aServerThatTookMoreThanThereIsMayNotServe() {
    device.enrolled("a").enrolled("b").serving("b", 2, 40);
    device
        .allows(lock("a", 2, 100))
        .allows(claim("a", 2, 40))
        .refuses(confirm("a", 2, 41), NO_ROOM);
  }

  @Test
  void moreIsKeptForAServerOnlyAsFarAsThereIsRoom() {
    device.enrolled("a").enrolled("b").serving("b", 2, 40);
    device.allows(lock("a", 2, 100)).allows(claim("a", 2, 36));

    device.allows(new LedgerChange.Confirm(replica("a"), 2, gib(38), gib(42), Duration.ZERO));

    assertThat(device.occupant("a").charge()).isEqualTo(gib(40));
  }

  @Test
  void onlyAWakeCanBeConfirmed() {
    device.enrolled("a").refuses(confirm("a", 1, 10), WRONG_STATE);
    device.serving("a", 2, 40).allows(drain("a", 3)).refuses(confirm("a", 3, 40), WRONG_STATE);
  }

  @Test
  void memoryCountsUntilTheSleepIsReported() {
    device.enrolled("a").serving("a", 2, 40).allows(drain("a", 3));

    assertThat(device.record().charged()).isEqualTo(gib(40));
    device.allows(release("a", 3, 2));
    assertThat(device.record().charged()).isEqualTo(gib(2));
    device.refuses(drain("a", 3), WRONG_STATE);
  }

  @Test
  void whatIsMeasuredCountsWhenItIsMoreThanWasPromised() {
    device.enrolled("a").serving("a", 2, 40).allows(touch("a", 2, at(1), 90));

    assertThat(device.occupant("a").charge()).isEqualTo(gib(90));
    assertThat(device.record().isOvercommitted()).isTrue();
    assertThat(device.record().availableTo(replica("b"))).isEqualTo(gib(0));
  }

  @Test
  void accessTimesOnlyMoveForward() {
    device.enrolled("a").serving("a", 2, 40).allows(touch("a", 2, at(9), 40));

    device.changesNothing(touch("a", 2, at(3), 40));
    assertThat(device.occupant("a").lastAccessed()).isEqualTo(at(9));
    device.allows(release("a", 3, 0)).refuses(touch("a", 3, at(20), 0), WRONG_STATE);
  }

  @Test
  void releasingTakesPlaceAndLockAlongButNotThoseOfALaterWake() {
    device.enrolled("a").allows(enlist("a", 2, T0, 10)).allows(lock("a", 2, 100));
    device.allows(release("a", 2, 0));
    assertThat(device.record().intents()).isEmpty();
    assertThat(device.record().lock()).isEmpty();

    device.allows(enlist("a", 4, T0, 10)).allows(lock("a", 4, 100)).allows(release("a", 3, 0));
    assertThat(device.record().intent(replica("a"))).isPresent();
    assertThat(device.record().lock()).isPresent();
  }

  @Test
  void aForgottenReplicaLeavesNoTrace() {
    device.enrolled("a").allows(enlist("a", 2, T0, 10)).allows(lock("a", 2, 100));

    device.allows(new LedgerChange.Forget(replica("a"), 2));

    assertThat(device.record().occupants()).isEmpty();
    assertThat(device.record().intents()).isEmpty();
    assertThat(device.record().lock()).isEmpty();
  }

  @Test
  void onlyWhatAWaiterCouldCareAboutMatters() {
    DeviceRecord before = device.enrolled("a").serving("a", 2, 40).record();

    assertThat(device.allows(touch("a", 2, at(1), 40)).record().matters(before)).isFalse();
    assertThat(device.allows(drain("a", 3)).record().matters(before)).isTrue();
    DeviceRecord draining = device.record();
    assertThat(device.allows(release("a", 3, 0)).record().matters(draining)).isTrue();
    DeviceRecord asleep = device.record();
    assertThat(device.allows(enlist("a", 4, T0, 1)).record().matters(asleep)).isTrue();
    DeviceRecord waiting = device.record();
    assertThat(device.allows(lock("a", 4, 100)).record().matters(waiting)).isTrue();
  }

  @Test
  void aRecordFromAStoreIsTheSameWhateverOrderItsPartsCameIn() {
    DeviceRecord made =
        device
            .enrolled("a")
            .enrolled("b")
            .allows(enlist("b", 1, at(2), 1))
            .allows(enlist("a", 1, at(1), 1))
            .record();

    DeviceRecord read =
        DeviceRecord.of(
            gpu(0),
            7,
            made.capacity(),
            made.occupants(),
            made.intents().reversed(),
            Optional.empty());

    assertThat(read.intents()).isEqualTo(made.intents());
    assertThat(read.occupants()).containsExactlyElementsOf(made.occupants());
    assertThat(read.matters(made)).isFalse();
    assertThat(read.version()).isEqualTo(7);
  }
}
