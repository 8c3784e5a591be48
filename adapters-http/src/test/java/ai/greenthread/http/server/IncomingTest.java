package ai.greenthread.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class IncomingTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private final Incoming incoming = new Incoming(Duration.ofSeconds(30), 0);

  @Test
  void silenceHasALimit() {
    assertThat(incoming.patienceNanos(0)).isEqualTo(30 * SECOND);
    incoming.arrived(64 << 20);
    assertThat(incoming.patienceNanos(10 * SECOND)).isEqualTo(30 * SECOND);
  }

  @Test
  void aByteNowAndThenIsNotEnough() {
    for (int i = 0; i < 29; i++) {
      incoming.arrived(1);
    }
    assertThat(incoming.patienceNanos(29 * SECOND)).isLessThan(2 * SECOND);
  }

  @Test
  void aSlowLineIsEnough() {
    incoming.arrived(3600 * Incoming.MIN_BYTES_PER_SECOND);
    assertThat(incoming.patienceNanos(3600 * SECOND)).isEqualTo(30 * SECOND);
  }
}
