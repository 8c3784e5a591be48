package ai.greenthread.scheduling.gate;

import static ai.greenthread.scheduling.Samples.T0;
import static ai.greenthread.scheduling.Samples.at;
import static ai.greenthread.scheduling.Samples.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RequestGateTest {
  private static final Refusal TOO_LATE =
      new Refusal(Refusal.Cause.DEADLINE, "too late", Duration.ZERO);

  private Instant now = T0;
  private int drained;
  private int unused;
  private final RequestGate gate =
      new RequestGate(() -> now, 3, seconds(10), () -> drained++, () -> unused++);

  private Pass pass() {
    return Objects.requireNonNull(gate.tryPass(), "the gate is closed");
  }

  private RequestGate.Parked park(Visitor visitor) {
    RequestGate.Parked parked = gate.tryReserve(visitor).orElseThrow();
    gate.park(parked);
    return parked;
  }

  @Test
  void aGateIsClosedUntilAWakeOpensIt() {
    assertThat(gate.tryPass()).isNull();

    gate.open(7);

    assertThat(pass().generation()).isEqualTo(7);
    assertThat(gate.inFlight()).isEqualTo(1);
  }

  @Test
  void thoseWhoWaitedPassInOrderOfArrivalWhenItOpens() {
    List<Caller> callers = Stream.generate(Caller::new).limit(3).toList();
    var order = new ArrayList<Caller>();
    callers.forEach(caller ->
        park(
            new Visitor() {
              @Override
              public boolean granted(Pass pass) {
                order.add(caller);
                return caller.granted(pass);
              }

              @Override
              public void refused(Refusal refusal) {
                caller.refused(refusal);
              }
            }));

    gate.open(1);

    assertThat(order).containsExactlyElementsOf(callers);
    assertThat(gate.inFlight()).isEqualTo(3);
    assertThat(gate.queued()).isZero();
  }

  @Test
  void theQueueIsNeverLongerThanItMayBe() {
    park(new Caller());
    park(new Caller());
    park(new Caller());

    assertThat(gate.tryReserve(new Caller())).isEmpty();
    assertThat(gate.queued()).isEqualTo(3);
  }

  @Test
  void whoLeavesTheQueueMakesRoomInIt() {
    park(new Caller());
    park(new Caller());
    RequestGate.Parked third = park(new Caller());

    assertThat(gate.cancel(third)).isTrue();
    assertThat(gate.cancel(third)).isFalse();

    assertThat(gate.queued()).isEqualTo(2);
    assertThat(gate.tryReserve(new Caller())).isPresent();
  }

  @Test
  void whoReservedBeforeItOpenedAndParksAfterItPassesAtOnce() {
    var caller = new Caller();
    RequestGate.Parked reserved = gate.tryReserve(caller).orElseThrow();
    gate.open(1);

    gate.park(reserved);

    assertThat(caller.passes()).hasSize(1);
    assertThat(gate.parked()).isZero();
  }

  @Test
  void aPassGrantedToSomebodyGoneIsTakenBack() {
    var caller = new Caller();
    park(caller);
    caller.leave();

    gate.open(1);

    assertThat(gate.inFlight()).isZero();
    assertThat(gate.queued()).isZero();
  }

  @Test
  void aDrainIsReportedOnceWhenTheLastRequestLeaves() {
    gate.open(1);
    Pass first = pass();
    Pass second = pass();

    gate.close();
    assertThat(gate.tryPass()).isNull();
    first.close();
    assertThat(drained).isZero();
    second.close();
    second.close();

    assertThat(drained).isEqualTo(1);
  }

  @Test
  void anEmptyGateIsDrainedAtOnceButClosingAClosedOneReportsNothing() {
    gate.open(1);
    gate.close();
    assertThat(drained).isEqualTo(1);

    gate.close();
    assertThat(drained).isEqualTo(1);
  }

  @Test
  void leavingAnOpenGateIsNoDrain() {
    gate.open(1);
    pass().close();

    assertThat(drained).isZero();
  }

  @Test
  void everyRequestInFlightLearnsWhyItWasCutAndOnlyOnce() {
    gate.open(1);
    Pass pass = pass();
    var reasons = new ArrayList<String>();
    pass.onCut(() -> reasons.add(pass.cutReason()));
    gate.close();

    assertThat(gate.cut("drain timeout")).isEqualTo(1);
    gate.cut("again");

    assertThat(reasons).containsExactly("drain timeout");
  }

  @Test
  void whoSaysTooLateHowToBeCutIsCutAtOnce() {
    gate.open(1);
    Pass pass = pass();
    gate.cut("crashed");

    var cut = new ArrayList<String>();
    pass.onCut(() -> cut.add(pass.cutReason()));

    assertThat(cut).containsExactly("crashed");
  }

  @Test
  void aCutOfOneWakeDoesNotReachTheNext() {
    gate.open(1);
    gate.cut("crashed");
    gate.close();
    gate.open(2);
    Pass pass = pass();

    var cut = new ArrayList<String>();
    pass.onCut(() -> cut.add("cut"));

    assertThat(cut).isEmpty();
  }

  @Test
  void aRequestThatEndedIsNotCutAnyMore() {
    gate.open(1);
    Pass pass = pass();
    pass.close();

    assertThat(gate.cut("crashed")).isZero();
  }

  @Test
  void deadlinesRunFromTheMomentOfArrival() {
    var first = new Caller();
    var second = new Caller();
    park(first);
    now = at(4);
    park(second);

    assertThat(gate.nextExpiry()).contains(at(10));
    assertThat(gate.expire(at(9.9), TOO_LATE)).isZero();
    assertThat(gate.expire(at(10), TOO_LATE)).isEqualTo(1);

    assertThat(first.refusals()).containsExactly(TOO_LATE);
    assertThat(second.refusals()).isEmpty();
    assertThat(gate.nextExpiry()).contains(at(14));
    assertThat(gate.queued()).isEqualTo(1);
  }

  @Test
  void refusingAllEmptiesTheQueue() {
    var caller = new Caller();
    park(caller);

    assertThat(gate.refuseAll(TOO_LATE)).isEqualTo(1);

    assertThat(caller.refusals()).containsExactly(TOO_LATE);
    assertThat(gate.parked()).isZero();
    assertThat(gate.queued()).isZero();
  }

  @Test
  void comingAndGoingAreActivityAndNothingElse() {
    now = at(1);
    gate.tryPass();
    assertThat(gate.lastActivity()).isEqualTo(at(1));
    now = at(2);
    gate.open(1);
    gate.isOpen();
    gate.inFlight();
    gate.queued();
    assertThat(gate.lastActivity()).isEqualTo(at(1));
    now = at(3);
    Pass pass = pass();
    now = at(8);
    pass.close();
    assertThat(gate.lastActivity()).isEqualTo(at(8));
  }

  @Test
  void moreCannotLeaveThanCameIn() {
    var barrier = new Barrier();
    barrier.open();

    assertThatIllegalStateException().isThrownBy(barrier::leave);
  }
}
