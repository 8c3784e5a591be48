package ai.greenthread.scheduling.sidecar;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.gib;
import static ai.greenthread.scheduling.Samples.gpu;
import static ai.greenthread.scheduling.Samples.replica;
import static ai.greenthread.scheduling.Samples.seconds;
import static ai.greenthread.scheduling.Samples.settings;
import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.Bytes;
import ai.greenthread.domain.gpu.GpuId;
import ai.greenthread.scheduling.gate.Pass;
import ai.greenthread.scheduling.gate.Refusal;
import ai.greenthread.scheduling.gate.Visitor;
import ai.greenthread.scheduling.ledger.DeviceRecord;
import ai.greenthread.scheduling.ledger.GpuLedger;
import ai.greenthread.scheduling.ledger.Intent;
import ai.greenthread.scheduling.ledger.Occupant;
import ai.greenthread.scheduling.ledger.OccupantState;
import ai.greenthread.scheduling.ledger.Ticket;
import ai.greenthread.scheduling.ledger.Victim;
import ai.greenthread.scheduling.lifecycle.Effect;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SidecarTest {
  private static final Map<GpuId, Bytes> NO_RESIDUE = Map.of();

  private Instant now = T0;
  private final Queue<Runnable> letters = new ArrayDeque<>();
  private final List<Effect.Remote> effects = new ArrayList<>();
  private final List<Instant> appointments = new ArrayList<>();
  private final List<Consumer<DeviceRecord>> watchers = new ArrayList<>();
  private Consumer<Event> reply = _ -> {};
  private Runnable appointment = () -> {};
  private Consumer<Effect.Remote> atEffect = _ -> {};
  private long version;

  private Sidecar sidecar(int queue, boolean rejectDuringDrain) {
    return new Sidecar(
        replica("a"),
        new SidecarSettings(settings(), queue, seconds(100), rejectDuringDrain),
        List.of(gpu(0)),
        new Watched(),
        (effect, answer) -> {
          effects.add(effect);
          reply = answer;
          atEffect.accept(effect);
        },
        letters::add,
        (due, action) -> {
          appointments.add(due);
          appointment = action;
          return () -> appointment = () -> {};
        },
        () -> now,
        SidecarListener.NONE);
  }

  private final class Watched implements GpuLedger {
    @Override
    public List<DeviceRecord> read(Collection<GpuId> devices) {
      throw new UnsupportedOperationException("a sidecar only watches");
    }

    @Override
    public boolean compareAndSet(DeviceRecord next) {
      throw new UnsupportedOperationException("a sidecar only watches");
    }

    @Override
    public Watch watch(Collection<GpuId> devices, Consumer<DeviceRecord> listener) {
      watchers.add(listener);
      return () -> watchers.remove(listener);
    }
  }

  private static final class Guest implements Visitor {
    private final List<Object> told = new ArrayList<>();

    @Override
    public boolean granted(Pass pass) {
      told.add(pass);
      return true;
    }

    @Override
    public void refused(Refusal refusal) {
      told.add(refusal.cause());
    }
  }

  private void read() {
    while (!letters.isEmpty()) {
      letters.remove().run();
    }
  }

  private void answer(Event event) {
    reply.accept(event);
    read();
  }

  private void serve(Sidecar sidecar) {
    waking(sidecar);
    answer(new Event.WakeVerified(101));
    assertThat(sidecar.status().state()).isInstanceOf(State.Serving.class);
  }

  private void waking(Sidecar sidecar) {
    sidecar.start();
    sidecar.enter(new Guest());
    read();
    answer(new Event.Reconciled(1, 100, false));
    answer(new Event.Claimed(101, false));
  }

  private void told(Intent... intents) {
    var record = DeviceRecord.of(gpu(0), ++version, gib(80), List.of(), List.of(intents), none());
    List.copyOf(watchers).forEach(watcher -> watcher.accept(record));
    read();
  }

  /** The device's record; with the replica itself in it, or without. */
  private void told(boolean listed) {
    Occupant self =
        new Occupant(
            replica("a"),
            101,
            OccupantState.SERVING,
            gib(40),
            gib(1),
            gib(40),
            false,
            seconds(10),
            T0,
            T0,
            false,
            Duration.ZERO);
    var record =
        DeviceRecord.of(
            gpu(0), ++version, gib(80), listed ? List.of(self) : List.of(), List.of(), none());
    List.copyOf(watchers).forEach(watcher -> watcher.accept(record));
    read();
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }

  private static Intent asks(String waiter, long servingGeneration) {
    return new Intent(
        new Ticket(T0, replica(waiter)),
        1,
        gib(40),
        false,
        Set.of(new Victim(replica("a"), servingGeneration)));
  }

  @Test
  void aCallToLeaveThatComesBeforeServiceBeginsIsNotForgotten() {
    Sidecar sidecar = sidecar(10, false);
    waking(sidecar);
    told(asks("b", 101), asks("c", 7));

    answer(new Event.WakeVerified(101));

    assertThat(sidecar.status().state()).isInstanceOf(State.Deactivating.class);
  }

  @Test
  void aCallThatWasTakenBackIsForgotten() {
    Sidecar sidecar = sidecar(10, false);
    waking(sidecar);
    told(asks("b", 101));
    told();

    answer(new Event.WakeVerified(101));

    assertThat(sidecar.status().state()).isInstanceOf(State.Serving.class);
  }

  @Test
  void anOlderRecordThatArrivesLateIsIgnored() {
    Sidecar sidecar = sidecar(10, false);
    serve(sidecar);
    told();
    told();
    version = 0;

    told(asks("b", 101));

    assertThat(sidecar.status().state()).isInstanceOf(State.Serving.class);
  }

  @Test
  void aRequestThatMeetsASleeperIsParkedAndPassesWhenItServes() {
    Sidecar sidecar = sidecar(10, false);
    var guest = new Guest();
    sidecar.start();
    Entry entry = sidecar.enter(guest);
    read();
    assertThat(entry).isInstanceOf(Entry.Parked.class);
    assertThat(sidecar.status().queued()).isEqualTo(1);

    answer(new Event.Reconciled(1, 100, false));
    answer(new Event.Claimed(101, false));
    answer(new Event.WakeVerified(101));

    assertThat(guest.told).hasSize(1).first().isInstanceOf(Pass.class);
    assertThat(sidecar.status().inFlight()).isEqualTo(1);
    assertThat(sidecar.enter(new Guest())).isInstanceOf(Entry.Passed.class);
  }

  @Test
  void theLastOneToLeaveTheQueueEndsTheWaiting() {
    Sidecar sidecar = sidecar(10, false);
    sidecar.start();
    Entry.Parked parked = (Entry.Parked) sidecar.enter(new Guest());
    read();
    answer(new Event.Reconciled(1, 100, false));

    parked.leave();
    read();

    assertThat(effects.getLast()).isInstanceOf(Effect.Stop.class);
    assertThat(sidecar.status().queued()).isZero();
  }

  @Test
  void aDeadlineRefusesAndEndsTheWaiting() {
    Sidecar sidecar = sidecar(10, false);
    var guest = new Guest();
    sidecar.start();
    sidecar.enter(guest);
    read();
    answer(new Event.Reconciled(1, 100, false));
    answer(new Event.MustWait(101, at(500), "behind b"));
    assertThat(appointments.getLast()).isEqualTo(at(100));

    now = at(100);
    appointment.run();
    read();

    assertThat(guest.told).containsExactly(Refusal.Cause.DEADLINE);
    assertThat(effects.getLast()).isInstanceOf(Effect.Stop.class);
  }

  @Test
  void aClosedSidecarDoesNothingMoreAndRefusesWhoWaitsOrComes() {
    Sidecar sidecar = sidecar(10, false);
    var waiting = new Guest();
    sidecar.start();
    sidecar.enter(waiting);
    read();
    int before = effects.size();

    sidecar.close();
    read();
    answer(new Event.Reconciled(1, 100, false));
    var late = new Guest();
    sidecar.enter(late);
    sidecar.shutdown();
    read();

    assertThat(waiting.told).containsExactly(Refusal.Cause.SHUTTING_DOWN);
    assertThat(late.told).containsExactly(Refusal.Cause.SHUTTING_DOWN);
    assertThat(effects).hasSize(before);
  }

  @Test
  void anAppointmentThatComesTooEarlyIsMadeAgain() {
    Sidecar sidecar = sidecar(10, false);
    serve(sidecar);
    Instant due = appointments.getLast();
    int made = appointments.size();

    appointment.run();
    read();

    assertThat(appointments).hasSize(made + 1);
    assertThat(appointments.getLast()).isEqualTo(due);
  }

  @Test
  void aFullQueueIsSaidAtTheDoor() {
    Sidecar sidecar = sidecar(1, false);
    sidecar.enter(new Guest());

    assertThat(sidecar.enter(new Guest()))
        .isInstanceOfSatisfying(
            Entry.Refused.class,
            refused -> assertThat(refused.refusal().cause()).isEqualTo(Refusal.Cause.QUEUE_FULL));
  }

  @Test
  void duringADrainRequestsWaitForTheNextWakeUnlessTheyAreToBeRefused() {
    Sidecar parks = sidecar(10, false);
    serve(parks);
    parks.sleep();
    read();
    assertThat(parks.status().barriered()).isTrue();
    assertThat(parks.enter(new Guest())).isInstanceOf(Entry.Parked.class);

    Sidecar refuses = sidecar(10, true);
    serve(refuses);
    refuses.sleep();
    read();
    assertThat(refuses.enter(new Guest()))
        .isInstanceOfSatisfying(
            Entry.Refused.class,
            refused -> assertThat(refused.refusal().cause()).isEqualTo(Refusal.Cause.DRAINING));
  }

  @Test
  void theBarrierIsSaidToBeUpOnlyWhenItIs() {
    Sidecar sidecar = sidecar(10, false);
    serve(sidecar);
    var said = new ArrayList<Boolean>();
    atEffect =
        effect -> {
          if (effect instanceof Effect.MarkDraining) {
            said.add(sidecar.status().barriered());
            said.add(sidecar.enter(new Guest()) instanceof Entry.Parked);
          }
        };
    sidecar.sleep();
    read();
    assertThat(said).containsExactly(false, false);
    assertThat(sidecar.status().barriered()).isTrue();
  }

  @Test
  void aServerThatDiesCutsItsStreams() {
    Sidecar sidecar = sidecar(10, false);
    serve(sidecar);
    Pass pass = ((Entry.Passed) sidecar.enter(new Guest())).pass();
    var cut = new ArrayList<String>();
    pass.onCut(() -> cut.add(pass.cutReason()));

    sidecar.runtimeDied("killed by signal 9");
    read();

    assertThat(cut).containsExactly("killed by signal 9");
    assertThat(effects.getLast()).isInstanceOf(Effect.Stop.class);
  }

  @Test
  void bootReadyIsSaidFromTheFirstSleepOn() {
    Sidecar sidecar = sidecar(10, false);
    sidecar.start();
    read();
    assertThat(sidecar.status().bootReady()).isFalse();

    answer(new Event.Reconciled(1, 100, false));

    assertThat(sidecar.status().bootReady()).isTrue();
  }

  @Test
  void lookingAtItIsNoActivity() {
    Sidecar sidecar = sidecar(10, false);
    serve(sidecar);
    now = at(50);

    sidecar.status();
    sidecar.lastActivity();

    assertThat(sidecar.lastActivity()).isEqualTo(T0);
  }

  @Test
  void aSidecarThatWasShutDownEndsStoppedAndWatchesNothing() {
    Sidecar sidecar = sidecar(10, false);
    serve(sidecar);
    sidecar.shutdown();
    read();
    // The one request that woke it is still in flight.
    now = at(30);
    appointment.run();
    read();
    now = at(31);
    appointment.run();
    read();
    answer(new Event.StopVerified(103, NO_RESIDUE));
    answer(new Event.Released(103));
    assertThat(sidecar.status().state()).isInstanceOf(State.Stopped.class);

    sidecar.close();
    assertThat(watchers).isEmpty();
  }

  @Test
  void aReplicaWhoseEntryIsGoneFromTheLedgerStopsServing() {
    Sidecar sidecar = sidecar(10, false);
    waking(sidecar);
    answer(new Event.WakeVerified(101));
    told(true);
    assertThat(sidecar.status().state()).isInstanceOf(State.Serving.class);

    told(false);

    assertThat(sidecar.status().state()).isInstanceOf(State.Deactivating.class);
  }

  @Test
  void aRecordFromBeforeItsEntryProvesNoLoss() {
    Sidecar sidecar = sidecar(10, false);
    waking(sidecar);
    answer(new Event.WakeVerified(101));

    told(false);

    assertThat(sidecar.status().state()).isInstanceOf(State.Serving.class);
  }

  @Test
  void aLossThatIsHeardOfWhileItWakesCountsAsSoonAsItServes() {
    Sidecar sidecar = sidecar(10, false);
    waking(sidecar);
    told(true);
    told(false);
    assertThat(sidecar.status().state()).isInstanceOf(State.Waking.class);

    answer(new Event.WakeVerified(101));

    assertThat(sidecar.status().state()).isInstanceOf(State.Deactivating.class);
  }
}
