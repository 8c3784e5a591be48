package ai.greenthread.http.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CancellationTest {
  private final Cancellation cancellation = new Cancellation();
  private final AtomicInteger runs = new AtomicInteger();

  @Test
  void runsTheBoundActionOnceForTheFirstReason() {
    cancellation.bind(runs::incrementAndGet);
    assertThat(cancellation.cancel(Cancellation.Reason.CLIENT_GONE)).isTrue();
    assertThat(cancellation.cancel(Cancellation.Reason.SHUTTING_DOWN)).isFalse();
    assertThat(runs).hasValue(1);
    assertThat(cancellation.reason()).contains(Cancellation.Reason.CLIENT_GONE);
  }

  @Test
  void runsAtOnceWhatIsBoundTooLate() {
    cancellation.cancel(Cancellation.Reason.SHUTTING_DOWN);
    cancellation.bind(runs::incrementAndGet);
    assertThat(runs).hasValue(1);
  }

  @Test
  void neverRunsWhatWasTakenBack() {
    cancellation.bind(runs::incrementAndGet);
    cancellation.unbind();
    cancellation.cancel(Cancellation.Reason.CLIENT_GONE);
    assertThat(runs).hasValue(0);
  }
}
