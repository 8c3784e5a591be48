package ai.greenthread.runtimes.surface;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Turns: in order, never too many, and given back whichever way a request goes. */
class TurnsTest {

  @Test
  void theOldestWaitingComesNextAndLeavingEarlyCostsNothing() throws Exception {
    Turns turns = new Turns(() -> 1);
    Turns.Turn first = turns.enter();
    Turns.Turn second = turns.enter();
    Turns.Turn third = turns.enter();
    assertThat(first.await()).isTrue();
    assertThat(turns.waiting()).isEqualTo(2);
    second.leave();
    assertThat(second.await()).isFalse();
    first.leave();
    first.leave();
    assertThat(third.await()).isTrue();
    assertThat(turns.running()).isEqualTo(1);
    third.leave();
    assertThat(turns.running()).isZero();
  }

  @Test
  void aLimitOfZeroHoldsEveryoneUntilItChanges() throws Exception {
    AtomicInteger limit = new AtomicInteger();
    Turns turns = new Turns(limit::get);
    Turns.Turn held = turns.enter();
    assertThat(turns.waiting()).isEqualTo(1);
    limit.set(1);
    turns.limitChanged();
    assertThat(held.await()).isTrue();
    held.leaveIfWaiting();
    assertThat(turns.running()).isEqualTo(1);
  }
}
