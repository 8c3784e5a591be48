package ai.greenthread.scheduling.sidecar;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.domain.model.Fairness;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.InMemoryLedger;
import ai.greenthread.scheduling.ledger.Ledger;
import ai.greenthread.scheduling.ledger.LedgerUnavailable;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.policy.DocumentedPolicy;
import ai.greenthread.scheduling.runtime.Measurements;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProceduresTest {
  private static final Instant FAR = at(1_000);

  private final InMemoryLedger records = new InMemoryLedger();
  private final ScriptedRuntime runtime = new ScriptedRuntime().uses(gib(30), gib(1));
  private final Known measured = new Known();
  private final TestLink link = new TestLink();
  private Instant now = T0;
  private int failingWrites;
  private final Ledger ledger = ledger("a");
  private final Procedures procedures =
      new Procedures(
          replica("a"),
          Fairness.DEFAULT,
          _ -> gib(80),
          seconds(60),
          new Procedures.Parts(ledger, new DocumentedPolicy(), runtime, link, measured),
          () -> now,
          pause -> now = now.plus(pause));

  @BeforeEach
  void devices() {
    records.add(gpu(0), gib(80));
  }

  private Ledger ledger(String name) {
    return new Ledger(new Flaky(), replica(name), List.of(gpu(0)), () -> now, () -> {});
  }

  private static final class Known implements Measurements {
    private final Map<ReplicaId, Bytes> known = new HashMap<>();
    private final Map<ReplicaId, Fingerprint> answered = new HashMap<>();

    @Override
    public Optional<Bytes> servingMemoryPerGpu(ReplicaId replica) {
      return Optional.ofNullable(known.get(replica));
    }

    @Override
    public void recordServingMemoryPerGpu(ReplicaId replica, Bytes bytes) {
      known.put(replica, bytes);
    }

    @Override
    public Optional<Fingerprint> fingerprint(ReplicaId replica) {
      return Optional.ofNullable(answered.get(replica));
    }

    @Override
    public void recordFingerprint(ReplicaId replica, Fingerprint fingerprint) {
      answered.put(replica, fingerprint);
    }
  }

  private final class Flaky implements GpuLedger {
    @Override
    public List<DeviceRecord> read(Collection<GpuId> devices) {
      return records.read(devices);
    }

    @Override
    public boolean compareAndSet(DeviceRecord next) {
      if (failingWrites > 0) {
        failingWrites--;
        throw new LedgerUnavailable("away");
      }
      return records.compareAndSet(next);
    }

    @Override
    public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
      return records.watch(devices, listener);
    }
  }

  private Event perform(Effect.Remote effect) {
    return answer(effect).orElseThrow();
  }

  private Optional<Event> answer(Effect.Remote effect) {
    try {
      return procedures.perform(effect);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Event.Reconciled reconciled() {
    return (Event.Reconciled) perform(new Effect.Reconcile(1, FAR));
  }

  private Occupant occupant() {
    return records.read(List.of(gpu(0))).getFirst().occupant(replica("a")).orElseThrow();
  }

  /** Enrolled, claimed and awake with this generation. */
  private long awake() {
    long generation = reconciled().nextGeneration() + 1;
    perform(new Effect.Acquire(generation, T0));
    assertThat(perform(new Effect.Wake(generation, FAR)))
        .isEqualTo(new Event.WakeVerified(generation));
    return generation;
  }

  /** Somebody deleted the GPU object, and its agent made it anew. */
  private void loseEntries() {
    new Ledger(records, replica("a"), List.of(gpu(0)), () -> now, () -> {}).forget(Long.MAX_VALUE);
    assertThat(records.read(List.of(gpu(0))).getFirst().occupant(replica("a"))).isEmpty();
  }

  /** The sidecar of another life: it knows what was measured, and nothing else. */
  private Procedures nextLife() {
    return new Procedures(
        replica("a"),
        Fairness.DEFAULT,
        _ -> gib(80),
        seconds(60),
        new Procedures.Parts(ledger, new DocumentedPolicy(), runtime, link, measured),
        () -> now,
        pause -> now = now.plus(pause));
  }

  @Test
  void aNewLifeTakesOverALiveServerByPuttingItToSleep() throws InterruptedException {
    awake();
    runtime.calls().clear();
    Event found = nextLife().perform(new Effect.Reconcile(1, FAR)).orElseThrow();
    assertThat(runtime.calls()).containsExactly("sleep");
    assertThat(found)
        .isInstanceOfSatisfying(
            Event.Reconciled.class, reply -> assertThat(reply.bootWake()).isFalse());
    assertThat(occupant().state()).isEqualTo(OccupantState.SLEEPING);
    assertThat(occupant().residual()).as("residue of the taken-over server").isEqualTo(gib(1));
  }

  @Test
  void aServerTakenOverIsNotBelievedWhenItAnswersOtherwiseThanBefore() throws InterruptedException {
    awake();
    Procedures next = nextLife();
    var found = (Event.Reconciled) next.perform(new Effect.Reconcile(1, FAR)).orElseThrow();
    long generation = found.nextGeneration() + 1;
    next.perform(new Effect.Acquire(generation, T0));
    runtime.answers("!!!!!");
    assertThat(next.perform(new Effect.Wake(generation, FAR)).orElseThrow())
        .isInstanceOf(Event.WakeFailed.class);
  }

  @Test
  void aServerWhoseWakeWasNeverVerifiedIsEndedByTheNextLife() throws InterruptedException {
    runtime.isUsing(gpu(0), gib(30));
    measured.recordServingMemoryPerGpu(replica("a"), gib(30));
    assertThat(reconciled().bootWake()).isTrue();
    assertThat(runtime.calls()).containsExactly("stop");
  }

  @Test
  void aNewLifeEndsWhatIsLeftAndWaitsUntilTheMemoryIsSeenToBeBack() {
    runtime.isUsing(gpu(0), gib(30)).lingers(100);

    Event answer = perform(new Effect.Reconcile(1, FAR));

    assertThat(answer).isInstanceOf(Event.Reconciled.class);
    assertThat(now).isAfter(at(1.9));
    assertThat(runtime.footprint()).isEmpty();
  }

  @Test
  void aNewLifeDoesNotEnrolWhileMemoryOfTheOldOneIsInUse() {
    runtime.isUsing(gpu(0), gib(30)).lingers(1_000_000);

    assertThat(perform(new Effect.Reconcile(1, FAR)))
        .isInstanceOfSatisfying(
            Event.ReconcileFailed.class,
            failed -> assertThat(failed.reason()).contains("still in use"));
    assertThat(records.read(List.of(gpu(0))).getFirst().occupants()).isEmpty();
  }

  @Test
  void aFirstWakeIsWantedToStartTheServerOrToMeasureIt() {
    assertThat(reconciled().bootWake()).isTrue();

    runtime.endsWhenAsleep();
    assertThat(reconciled().bootWake()).isTrue();

    measured.recordServingMemoryPerGpu(replica("a"), gib(30));
    assertThat(reconciled().bootWake()).isFalse();
  }

  @Test
  void aVerifiedWakeIsMeasuredAndKeepsRoomToGrow() {
    awake();

    assertThat(measured.servingMemoryPerGpu(replica("a"))).contains(gib(30));
    assertThat(occupant().state()).isEqualTo(OccupantState.SERVING);
    assertThat(occupant().charge()).isEqualTo(gib(30).times(1.10));
    assertThat(procedures.servingFootprint()).isEqualTo(Map.of(gpu(0), gib(30)));
  }

  @Test
  void aQuestionAfterTheClaimIsAnsweredWithoutTouchingIt() {
    long generation = reconciled().nextGeneration() + 1;
    assertThat(perform(new Effect.Acquire(generation, T0))).isInstanceOf(Event.Claimed.class);
    DeviceRecord claimed = records.read(List.of(gpu(0))).getFirst();

    assertThat(perform(new Effect.Acquire(generation, T0))).isInstanceOf(Event.Claimed.class);

    assertThat(records.read(List.of(gpu(0))).getFirst().version()).isEqualTo(claimed.version());
  }

  @Test
  void aQuestionThatComesWhenTheReplicaServesTakesNothingFromIt() {
    long generation = awake();

    perform(new Effect.Acquire(generation, T0));

    assertThat(occupant().state()).isEqualTo(OccupantState.SERVING);
    assertThat(records.read(List.of(gpu(0))).getFirst().intents()).isEmpty();
  }

  @Test
  void whoWaitsStandsInLine() {
    long generation = reconciled().nextGeneration() + 1;
    serveRival(gib(60));

    Event answer = perform(new Effect.Acquire(generation, T0));

    assertThat(answer)
        .isInstanceOfSatisfying(
            Event.MustWait.class, wait -> assertThat(wait.until()).isEqualTo(at(5)));
    assertThat(records.read(List.of(gpu(0))).getFirst().intents()).hasSize(1);
  }

  private void serveRival(Bytes size) {
    Ledger rival = ledger("b");
    rival.enrol(1, false, seconds(10));
    rival.claim(2, T0, size, FAR);
    rival.confirm(2, Map.of(gpu(0), size), size, Duration.ZERO);
  }

  @Test
  void victimsAreNamedAndTheirLeavingMakesTheClaimOneByPreemption() {
    long generation = reconciled().nextGeneration() + 1;
    serveRival(gib(60));
    now = at(20);

    assertThat(perform(new Effect.Acquire(generation, T0)))
        .isInstanceOfSatisfying(
            Event.MustWait.class, wait -> assertThat(wait.reason()).contains("asked b-0"));
    ledger("b").release(3, Map.of());

    assertThat(perform(new Effect.Acquire(generation, T0)))
        .isEqualTo(new Event.Claimed(generation, true));
  }

  @Test
  void aLedgerThatIsAwayMakesAWaiterWait() {
    long generation = reconciled().nextGeneration() + 1;
    failingWrites = 1;

    assertThat(perform(new Effect.Acquire(generation, T0)))
        .isEqualTo(new Event.MustWait(generation, at(1), "away"));
  }

  @Test
  void aWakeOutlastsAMomentWithoutTheLedger() {
    long generation = reconciled().nextGeneration() + 1;
    perform(new Effect.Acquire(generation, T0));
    failingWrites = 3;

    assertThat(perform(new Effect.Wake(generation, at(60))))
        .isEqualTo(new Event.WakeVerified(generation));
    assertThat(now).isEqualTo(at(3));
  }

  @Test
  void aWakeThatCannotBeToldToTheLedgerInTimeHasFailed() {
    long generation = reconciled().nextGeneration() + 1;
    perform(new Effect.Acquire(generation, T0));
    failingWrites = 1_000;

    assertThat(perform(new Effect.Wake(generation, at(3))))
        .isEqualTo(new Event.WakeFailed(generation, "away"));
  }

  @Test
  void aWakeThatHoldsNoMemoryIsNotBelieved() {
    runtime.uses(Bytes.ZERO, Bytes.ZERO);
    long generation = reconciled().nextGeneration() + 1;
    perform(new Effect.Acquire(generation, T0));

    assertThat(perform(new Effect.Wake(generation, FAR)))
        .isInstanceOfSatisfying(
            Event.WakeFailed.class,
            failed -> assertThat(failed.reason()).contains("holds no GPU memory"));
  }

  @Test
  void aServerThatIsNotWellIsNotAwake() {
    runtime.isUnwell("no answer on /health");
    long generation = reconciled().nextGeneration() + 1;
    perform(new Effect.Acquire(generation, T0));

    assertThat(perform(new Effect.Wake(generation, FAR)))
        .isEqualTo(new Event.WakeFailed(generation, "no answer on /health"));
  }

  @Test
  void aServerThatAnswersOtherwiseThanBeforeItsSleepHasLostItsWeights() {
    long generation = asleepAfterServing();
    runtime.answers("!!!!");
    perform(new Effect.Acquire(generation + 1, T0));

    assertThat(perform(new Effect.Wake(generation + 1, FAR)))
        .isInstanceOfSatisfying(
            Event.WakeFailed.class,
            failed -> assertThat(failed.reason()).contains("answers otherwise"));
  }

  @Test
  void aServerStartedAnewMayAnswerInItsOwnWay() {
    long generation = asleepAfterServing();
    perform(new Effect.Stop(generation + 1, FAR));
    runtime.answers("Paris!");
    perform(new Effect.Acquire(generation + 2, T0));

    assertThat(perform(new Effect.Wake(generation + 2, FAR)))
        .isEqualTo(new Event.WakeVerified(generation + 2));
  }

  private long asleepAfterServing() {
    long generation = awake() + 1;
    assertThat(perform(new Effect.Sleep(generation, FAR)))
        .isEqualTo(new Event.SleepVerified(generation, Map.of(gpu(0), gib(1)), false));
    perform(new Effect.Release(generation, Map.of(gpu(0), gib(1))));
    assertThat(occupant().charge()).isEqualTo(gib(1));
    return generation;
  }

  @Test
  void aSleepThatGivesNoMemoryBackIsNotBelieved() {
    runtime.uses(gib(30), gib(30));
    long generation = awake() + 1;

    assertThat(perform(new Effect.Sleep(generation, FAR)))
        .isInstanceOfSatisfying(
            Event.SleepFailed.class,
            failed -> assertThat(failed.reason()).contains("claims to sleep"));
    assertThat(occupant().charge()).isGreaterThanOrEqualTo(gib(30));
  }

  @Test
  void anEndThatGivesNoMemoryBackIsNotBelieved() {
    long generation = awake() + 1;
    runtime.lingers(1_000_000);

    assertThat(perform(new Effect.Stop(generation, FAR)))
        .isInstanceOfSatisfying(
            Event.StopFailed.class, failed -> assertThat(failed.reason()).contains("still in use"));
  }

  @Test
  void whatTheServerSaysIsPassedOn() {
    long generation = awake() + 1;
    runtime.refusesWith("it does not want to");

    assertThat(perform(new Effect.Sleep(generation, FAR)))
        .isEqualTo(new Event.SleepFailed(generation, "it does not want to"));
    assertThat(perform(new Effect.Stop(generation, FAR)))
        .isEqualTo(new Event.StopFailed(generation, "it does not want to"));
    runtime.obeys();
    assertThat(perform(new Effect.Stop(generation, FAR))).isInstanceOf(Event.StopVerified.class);
  }

  @Test
  void reportsThatMissTheLedgerAreNoFault() throws InterruptedException {
    long generation = awake();
    failingWrites = 1;

    assertThat(procedures.perform(new Effect.Touch(generation, at(5), false))).isEmpty();
    assertThat(procedures.perform(new Effect.Touch(generation, at(5), false))).isEmpty();
    assertThat(occupant().lastAccessed()).isEqualTo(at(5));
    assertThat(procedures.perform(new Effect.MarkDraining(generation + 1))).isEmpty();
    assertThat(occupant().state()).isEqualTo(OccupantState.DRAINING);
  }

  @Test
  void withdrawingKeepsTheResidue() {
    long generation = asleepAfterServing();
    perform(new Effect.Acquire(generation + 1, T0));

    assertThat(perform(new Effect.Withdraw(generation + 2)))
        .isEqualTo(new Event.Released(generation + 2));
    assertThat(occupant().charge()).isEqualTo(gib(1));
    failingWrites = 1;
    assertThat(perform(new Effect.Withdraw(generation + 3)))
        .isEqualTo(new Event.ReleaseFailed(generation + 3, "away"));
  }

  @Test
  void aFirstWakeBesideAPopularServerIsToldThatItsNeedIsOnlyAGuess() {
    serves("p", gib(60), true);
    reconciled();

    Event answer = perform(new Effect.Acquire(2_000_000, T0));

    assertThat(answer).isInstanceOf(Event.NeverFits.class);
    assertThat(((Event.NeverFits) answer).reason())
        .contains("popular", "was never measured", "gpuMemoryUtilization");
  }

  @Test
  void roomToGrowIsNotAskedForWhereOnlyTheMeasureCanBeHad() {
    serves("p", gib(50), true);
    measured.recordServingMemoryPerGpu(replica("a"), gib(29));
    reconciled();

    assertThat(perform(new Effect.Acquire(2_000_000, T0))).isInstanceOf(Event.Claimed.class);
    assertThat(occupant().reserved()).isEqualTo(gib(30));
  }

  @Test
  void aServerThatCannotStartAsksNobodyToMakeRoom() {
    serves("b", gib(70), false);
    reconciled();
    now = at(1_000);
    runtime.cannotStart("vllm is not on the PATH");

    assertThat(perform(new Effect.Acquire(2_000_000, T0)))
        .isEqualTo(new Event.WakeFailed(2_000_000, "vllm is not on the PATH"));
    assertThat(records.read(List.of(gpu(0))).getFirst().intents()).isEmpty();
  }

  private void serves(String name, Bytes bytes, boolean popular) {
    Ledger other = ledger(name);
    other.enrol(1, popular, seconds(1));
    other.claim(2, T0, bytes, FAR);
    other.confirm(2, Map.of(gpu(0), bytes), bytes, Duration.ZERO);
  }

  @Test
  void aReplicaThatTheLedgerHasLostEntersItWhenItWantsToWake() {
    long generation = reconciled().nextGeneration() + 1;
    loseEntries();

    Event answer = perform(new Effect.Acquire(generation, T0));

    assertThat(answer).isEqualTo(new Event.Claimed(generation, false));
    assertThat(occupant().state()).isEqualTo(OccupantState.WAKING);
  }

  @Test
  void whatASleepingServerStillHoldsIsEnteredWithIt() {
    long generation = awake() + 1;
    perform(new Effect.Sleep(generation, FAR));
    perform(new Effect.Release(generation, Map.of(gpu(0), gib(1))));
    loseEntries();

    assertThat(answer(new Effect.EnterAgain(generation))).isEmpty();

    assertThat(occupant().state()).isEqualTo(OccupantState.SLEEPING);
    assertThat(occupant().residual()).isEqualTo(gib(1));
  }

  @Test
  void whoeverGoesToSleepLostByTheLedgerIsInItAgain() {
    long generation = awake() + 1;
    loseEntries();

    perform(new Effect.Release(generation, Map.of(gpu(0), gib(1))));

    assertThat(occupant().residual()).isEqualTo(gib(1));
  }

  @Test
  void anEntryThatIsThereIsLetAlone() {
    long generation = awake();
    Occupant before = occupant();

    answer(new Effect.EnterAgain(generation + 1));

    assertThat(occupant()).isEqualTo(before);
  }

  @Test
  void whatALostReplicaServesWithIsChargedWhileItDrains() {
    long generation = awake() + 1;
    loseEntries();

    answer(new Effect.MarkDraining(generation));

    DeviceRecord record = records.read(List.of(gpu(0))).getFirst();
    assertThat(record.charged()).isEqualTo(gib(30));
    perform(new Effect.Release(generation, Map.of(gpu(0), gib(1))));
    assertThat(occupant().charge()).isEqualTo(gib(1));
  }

  @Test
  void anEntryIsTriedAgainUntilTheLedgerTakesIt() {
    long generation = reconciled().nextGeneration();
    loseEntries();
    failingWrites = 3;

    answer(new Effect.EnterAgain(generation));

    assertThat(occupant().state()).isEqualTo(OccupantState.SLEEPING);
  }

  @Test
  void whoeverGivesUpItsWakeLostByTheLedgerIsInItAgain() {
    long generation = reconciled().nextGeneration() + 1;
    loseEntries();

    perform(new Effect.Withdraw(generation));

    assertThat(occupant().state()).isEqualTo(OccupantState.SLEEPING);
  }

  /** Enrolled, awake once, and asleep again; answers the last generation. */
  private long asleepAfterItsFirstStart() {
    long generation = awake();
    perform(new Effect.Sleep(generation + 1, FAR));
    perform(new Effect.Release(generation + 1, Map.of(gpu(0), gib(1))));
    return generation + 1;
  }

  @Test
  void aWakeHasTheHostLinkWhileItLoads() {
    long last = asleepAfterItsFirstStart();
    assertThat(link.seen()).as("a first start loads from a disk").isEmpty();
    runtime.calls().clear();
    link.onEntry(() -> assertThat(runtime.calls()).isEmpty());
    perform(new Effect.Acquire(last + 1, T0));
    assertThat(perform(new Effect.Wake(last + 1, FAR))).isEqualTo(new Event.WakeVerified(last + 1));
    assertThat(link.seen()).containsExactly("enter 1 since " + T0, "leave");
  }

  @Test
  void aWakeThatFailsLeavesTheHostLink() {
    long last = asleepAfterItsFirstStart();
    perform(new Effect.Acquire(last + 1, T0));
    runtime.refusesWith("out of memory");
    assertThat(perform(new Effect.Wake(last + 1, FAR)))
        .isEqualTo(new Event.WakeFailed(last + 1, "out of memory"));
    assertThat(link.seen()).containsExactly("enter 1 since " + T0, "leave");
  }

  @Test
  void waitingForTheHostLinkIsNoCostOfTheSwitch() {
    long last = asleepAfterItsFirstStart();
    link.onEntry(() -> now = now.plusSeconds(9));
    perform(new Effect.Acquire(last + 1, T0));
    perform(new Effect.Wake(last + 1, FAR));
    assertThat(occupant().switchCost()).isLessThan(seconds(9));
  }

  @Test
  void aServerThatIsStartedForEachWakeKeepsNobodyFromTheHostLink() {
    runtime.endsWhenAsleep();
    long last = asleepAfterItsFirstStart();
    perform(new Effect.Acquire(last + 1, T0));
    assertThat(perform(new Effect.Wake(last + 1, FAR))).isEqualTo(new Event.WakeVerified(last + 1));
    assertThat(link.seen()).isEmpty();
  }
}
