package ai.greenthread.scheduling.ledger;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.ledger.Ledger.ClaimOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private final InMemoryLedger store = new InMemoryLedger();
  private final List<GpuId> written = new ArrayList<>();
  private int conflicts;

  /** Called before each write. */
  private Runnable meddler = () -> {};

  /** What the store says was last seen. */
  private final Map<GpuId, DeviceRecord> seen = new HashMap<>();

  private int reads;

  private final Ledger two = ledger("two", gpu(2), gpu(0), gpu(1));
  private final Ledger one = ledger("one", gpu(1));

  @BeforeEach
  void enrol() {
    for (int i = 0; i < 3; i++) {
      store.add(gpu(i), gib(80));
    }
    assertThat(two.enrol(1, false, seconds(10))).isEmpty();
    assertThat(one.enrol(1, false, seconds(10))).isEmpty();
    written.clear();
  }

  private Ledger ledger(String name, GpuId... devices) {
    return new Ledger(new Meddled(), replica(name), List.of(devices), () -> T0, () -> conflicts++);
  }

  private final class Meddled implements GpuLedger {
    @Override
    public List<DeviceRecord> read(Collection<GpuId> devices) {
      reads++;
      return store.read(devices);
    }

    @Override
    public Optional<DeviceRecord> lastSeen(GpuId device) {
      return Optional.ofNullable(seen.get(device));
    }

    @Override
    public boolean compareAndSet(DeviceRecord next) {
      Runnable once = meddler;
      meddler = () -> {};
      once.run();
      written.add(next.id());
      return store.compareAndSet(next);
    }

    @Override
    public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
      return store.watch(devices, listener);
    }
  }

  private DeviceRecord record(int device) {
    return store.read(List.of(gpu(device))).getFirst();
  }

  private OccupantState stateOfTwo(int device) {
    return record(device).occupant(replica("two")).orElseThrow().state();
  }

  @Test
  void aClaimLocksAllDevicesInOrderBeforeItTakesAny() {
    assertThat(two.claim(2, T0, gib(40), at(60))).isInstanceOf(ClaimOutcome.Claimed.class);

    assertThat(written).containsExactly(gpu(0), gpu(1), gpu(2), gpu(0), gpu(1), gpu(2));
    for (int i = 0; i < 3; i++) {
      assertThat(stateOfTwo(i)).isEqualTo(OccupantState.WAKING);
      assertThat(record(i).lock()).map(WakeLock::holder).contains(replica("two"));
    }
    assertThat(two.holds(two.read(), 2)).isTrue();
    assertThat(two.holds(two.read(), 3)).isFalse();
  }

  @Test
  void aClaimThatIsRefusedAnywhereHoldsNothingAndKeepsItsPlace() {
    one.claim(2, T0, gib(60), at(60));
    one.confirm(2, Map.of(gpu(1), gib(60)), gib(60), Duration.ZERO);

    ClaimOutcome outcome = two.claim(2, T0, gib(40), at(60));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            ClaimOutcome.NotNow.class, notNow -> assertThat(notNow.locked()).isFalse());
    assertNothingIsHeld(false);
  }

  @Test
  void aClaimThatMeetsALockWritesNoLockAndIsNextInLine() {
    one.claim(2, T0, gib(10), at(60));
    written.clear();

    ClaimOutcome outcome = two.claim(2, T0, gib(40), at(60));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            ClaimOutcome.NotNow.class,
            notNow -> {
              assertThat(notNow.locked()).isTrue();
              assertThat(notNow.reason()).contains("one-0");
            });
    assertThat(written).containsExactly(gpu(0), gpu(1), gpu(2));
    assertNothingIsHeld(true);
  }

  @Test
  void aClaimThatLosesTheRaceForALockHoldsNothing() {
    meddler = () -> one.claim(2, T0, gib(10), at(60));

    ClaimOutcome outcome = two.claim(2, T0, gib(40), at(60));

    assertThat(outcome).isInstanceOf(ClaimOutcome.NotNow.class);
    assertNothingIsHeld(true);
  }

  private void assertNothingIsHeld(boolean ready) {
    for (int i = 0; i < 3; i++) {
      assertThat(stateOfTwo(i)).isEqualTo(OccupantState.SLEEPING);
      assertThat(record(i).lock().map(WakeLock::holder)).isNotEqualTo(replica("two"));
      assertThat(record(i).intent(replica("two")).orElseThrow().ready()).isEqualTo(ready);
    }
  }

  @Test
  void anOutdatedGenerationClaimsNothing() {
    two.withdraw(3);

    assertThat(two.claim(2, T0, gib(40), at(60))).isInstanceOf(ClaimOutcome.Fenced.class);
    assertThat(record(0).lock()).isEmpty();
    assertThat(record(0).intents()).isEmpty();
  }

  @Test
  void aLateQuestionTakesNothingFromItsOwnServingReplica() {
    two.claim(2, T0, gib(40), at(60));
    two.confirm(
        2, Map.of(gpu(0), gib(40), gpu(1), gib(40), gpu(2), gib(40)), gib(40), Duration.ZERO);

    assertThat(two.claim(2, T0, gib(40), at(60))).isInstanceOf(ClaimOutcome.NotNow.class);
    two.enlist(2, T0, gib(40), false);

    for (int i = 0; i < 3; i++) {
      assertThat(stateOfTwo(i)).isEqualTo(OccupantState.SERVING);
      assertThat(record(i).charged()).isEqualTo(gib(40));
      assertThat(record(i).intents()).isEmpty();
    }
  }

  @Test
  void aClaimCutShortByTheStoreIsFinishedByTheNextOne() {
    store.compareAndSet(claimedOnFirstOnly());

    assertThat(two.holds(two.read(), 2)).isFalse();
    assertThat(two.claim(2, T0, gib(40), at(60))).isInstanceOf(ClaimOutcome.Claimed.class);
  }

  @Test
  void aClaimCutShortByTheStoreIsLetGoByQueueing() {
    store.compareAndSet(claimedOnFirstOnly());

    two.enlist(2, T0, gib(40), false);

    assertThat(stateOfTwo(0)).isEqualTo(OccupantState.SLEEPING);
    assertThat(record(0).lock()).isEmpty();
  }

  private DeviceRecord claimedOnFirstOnly() {
    DeviceRecord locked = allowed(record(0), new LedgerChange.TakeLock(replica("two"), 2, at(60)));
    return allowed(locked, new LedgerChange.Claim(replica("two"), 2, gib(40)));
  }

  private static DeviceRecord allowed(DeviceRecord record, LedgerChange change) {
    return ((LedgerRules.Ruling.Allowed) LedgerRules.apply(record, change, T0)).next();
  }

  @Test
  void victimsAreNamedWhereTheyAre() {
    one.claim(2, T0, gib(60), at(60));
    one.confirm(2, Map.of(gpu(1), gib(60)), gib(60), Duration.ZERO);
    var late = new Ledger(store, replica("two"), two.devices(), () -> at(11), () -> {});
    late.enlist(2, T0, gib(40), false);

    assertThat(late.nameVictims(2, Set.of(new Victim(replica("one"), 2)))).isEmpty();

    assertThat(record(1).intents().getFirst().victims())
        .containsExactly(new Victim(replica("one"), 2));
    assertThat(record(0).intents().getFirst().victims()).isEmpty();
  }

  @Test
  void aVictimThatMayNotLeaveIsToldInWords() {
    one.claim(2, T0, gib(60), at(60));
    one.confirm(2, Map.of(gpu(1), gib(60)), gib(60), Duration.ZERO);
    two.enlist(2, T0, gib(40), false);

    assertThat(two.nameVictims(2, Set.of(new Victim(replica("one"), 2))))
        .hasValueSatisfying(reason -> assertThat(reason).contains("one"));
  }

  @Test
  void aNewLifeStartsAboveAllThatAnEarlierOneMayStillWrite() {
    two.enlist(7, T0, gib(40), false);

    long next = two.firstGenerationOfNewLife();

    assertThat(next).isGreaterThan(7 + 100_000);
    assertThat(two.enrol(next, false, seconds(1))).isEmpty();
    assertThat(two.claim(8, T0, gib(1), at(60))).isInstanceOf(ClaimOutcome.Fenced.class);
  }

  @Test
  void ofTwoNewLivesTheSecondIsTold() {
    long next = two.firstGenerationOfNewLife();

    assertThat(two.enrol(next, false, seconds(1))).isEmpty();
    assertThat(two.enrol(next, false, seconds(1))).isPresent();
  }

  @Test
  void aLostRaceIsCountedAndTriedAgain() {
    meddler = () -> store.compareAndSet(record(0));

    two.enlist(2, T0, gib(40), false);

    assertThat(conflicts).isEqualTo(1);
    assertThat(record(0).intents()).hasSize(1);
  }

  @Test
  void aChangeOfWhatWasLastSeenSavesTheRead() {
    see(0);
    reads = 0;
    one(0).enlist(2, T0, gib(40), false);

    assertThat(reads).isZero();
    assertThat(conflicts).isZero();
    assertThat(record(0).intents()).hasSize(1);
  }

  @Test
  void whatWasLastSeenDecidesNothingWhenSomebodyHasWrittenSince() {
    see(0);
    two.enlist(2, T0, gib(40), false);
    one(0).enlist(2, T0, gib(30), false);

    assertThat(conflicts).isEqualTo(1);
    assertThat(record(0).intents()).hasSize(2);
  }

  @Test
  void whatWasLastSeenRefusesNothing() {
    assertThat(two.enrol(5, false, seconds(10))).isEmpty();
    seen.put(gpu(1), record(1));
    two.forget(5);
    // By the old record a newer life acts; it has gone since.
    assertThat(two.enrol(3, false, seconds(10))).isEmpty();
  }

  @Test
  void whatWasLastSeenIsNoProofThatNothingIsToBeWritten() {
    one(0).enrol(1, false, seconds(10));
    one(0).enlist(2, T0, gib(40), false);
    seen.put(gpu(0), record(0));
    one(0).withdraw(2);
    one(0).enlist(2, T0, gib(40), false);

    assertThat(record(0).intents()).hasSize(1);
  }

  private Ledger one(int device) {
    return ledger("one", gpu(device));
  }

  private void see(int device) {
    one(device).enrol(1, false, seconds(10));
    seen.put(gpu(device), record(device));
  }

  @Test
  void aStoreThatNeverLetsAWriteThroughIsUnavailable() {
    var mad = new Ledger(new NeverStores(), replica("two"), List.of(gpu(0)), () -> T0, () -> {});

    assertThatExceptionOfType(LedgerUnavailable.class)
        .isThrownBy(() -> mad.enlist(2, T0, gib(40), false))
        .withMessageContaining("gpu-n1-0");
  }

  private final class NeverStores implements GpuLedger {
    @Override
    public List<DeviceRecord> read(Collection<GpuId> devices) {
      return store.read(devices);
    }

    @Override
    public boolean compareAndSet(DeviceRecord next) {
      return false;
    }

    @Override
    public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
      return () -> {};
    }
  }

  @Test
  void forgettingRemovesTheReplicaFromAllItsDevices() {
    two.forget(5);

    for (int i = 0; i < 3; i++) {
      assertThat(record(i).occupant(replica("two"))).isEmpty();
    }
  }
}
