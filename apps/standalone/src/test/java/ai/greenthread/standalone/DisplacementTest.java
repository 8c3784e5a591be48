package ai.greenthread.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import ai.greenthread.domain.model.ModelRef;
import ai.greenthread.domain.model.ReplicaId;
import ai.greenthread.scheduling.lifecycle.Event;
import ai.greenthread.scheduling.lifecycle.State;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DisplacementTest {
  private static final ReplicaId REPLICA = new ReplicaId(new ModelRef("default", "m"), 0);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration ORDER_HOLDS = Duration.ofSeconds(30);
  private static final State SERVING = new State.Serving(1, NOW, NOW, false);
  private static final State ASLEEP = new State.Sleeping(2, NOW, false);

  private final Displacement displacement = new Displacement();

  private void leaves(State.Cause cause) {
    var leaving = new State.Deactivating(2, NOW, State.Phase.DRAINING, cause, NOW, "", 0);
    displacement.stepped(REPLICA, SERVING, new Event.Tick(), leaving, NOW);
  }

  @Test
  void anOrderHoldsForAWhile() {
    leaves(State.Cause.MANUAL);
    assertThat(displacement.isOver(ASLEEP, NOW.plus(ORDER_HOLDS).minusMillis(1))).isFalse();
    assertThat(displacement.isOver(ASLEEP, NOW.plus(ORDER_HOLDS))).isTrue();
  }

  @Test
  void anOrderIsHeardAgainWhileItHolds() {
    leaves(State.Cause.MANUAL);
    Instant later = NOW.plusSeconds(20);
    displacement.stepped(REPLICA, ASLEEP, new Event.SleepOrdered(), ASLEEP, later);
    assertThat(displacement.isOver(ASLEEP, NOW.plus(ORDER_HOLDS))).isFalse();
    assertThat(displacement.isOver(ASLEEP, later.plus(ORDER_HOLDS))).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = State.Cause.class,
      names = {"FAILURE", "UNLISTED"})
  void aMishapIsOverAsSoonAsItSleeps(State.Cause cause) {
    leaves(cause);
    assertThat(displacement.isOver(SERVING, NOW)).isFalse();
    assertThat(displacement.isOver(ASLEEP, NOW)).isTrue();
  }

  @Test
  void aWakeThatFailedIsTriedAgainWhenItsTimeHasCome() {
    leaves(State.Cause.FAILURE);
    var failed = new State.Failed(3, NOW, NOW.plusSeconds(4), "no", 1);
    assertThat(displacement.isOver(failed, NOW.plusSeconds(3))).isFalse();
    assertThat(displacement.isOver(failed, NOW.plusSeconds(4))).isTrue();
  }

  @Test
  void whoServesAgainIsBack() {
    leaves(State.Cause.FAILURE);
    var waking = new State.Waking(4, NOW, State.Purpose.DEMAND, NOW, 0);
    displacement.stepped(REPLICA, waking, new Event.Tick(), SERVING, NOW);
    assertThat(displacement.isOver(ASLEEP, NOW.plus(ORDER_HOLDS))).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = State.Cause.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"MANUAL", "FAILURE", "UNLISTED"})
  void whoLeavesByTheRulesIsNotDisplaced(State.Cause cause) {
    leaves(cause);
    assertThat(displacement.isOver(ASLEEP, NOW.plus(ORDER_HOLDS))).isFalse();
  }

  @Test
  void whoNeverServedIsNotDisplaced() {
    displacement.stepped(REPLICA, ASLEEP, new Event.SleepOrdered(), ASLEEP, NOW);
    assertThat(displacement.isOver(ASLEEP, NOW.plus(ORDER_HOLDS))).isFalse();
  }
}
